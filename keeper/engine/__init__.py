"""Where groups of accounts are computed: threads of this process, or the optional Ray cluster.

threads    the embedded default
ray_tasks  `tailguard[ray]`: shared arrays once per node in the object store, groups of accounts as tasks

garbage    fewer collections of cycles
heap       freed memory back to the machine

Either of the first two is a `risk.revaluation.MapExecutor`; results are the same to the last bit wherever a group runs.
"""

from keeper.engine.garbage import seldom_collected
from keeper.engine.heap import give_back_freed
from keeper.engine.ray_tasks import RayExecutor, ray_cluster
from keeper.engine.threads import thread_executor

__all__ = ["RayExecutor", "give_back_freed", "ray_cluster", "seldom_collected", "thread_executor"]
