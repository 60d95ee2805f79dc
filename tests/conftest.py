"""Settings shared by every test."""

from hypothesis import settings

# A deadline times the machine and the first compilation of a kernel, not the code.
settings.register_profile("tailguard", deadline=None)
settings.load_profile("tailguard")
