"""The contract's own requirement and equity of a case, at arbitrary precision."""

from __future__ import annotations

from dataclasses import dataclass

from margin_cases import WINDOW_SECONDS, Case, Leg, Surface
from mpmath import matrix, mp, mpf
from reference_formulas import (
    MICRO_MICRO,
    SECONDS_PER_YEAR,
    WAD,
    log_moneyness,
    svi_total_variance,
    term_weight,
    to_wad_down,
    to_wad_up,
    undiscounted,
)

BPS = 10_000
ZERO = mpf(0)


@dataclass(frozen=True)
class Option:
    """An option leg with its market: money per unit, deviation = volatility * sqrt(time)."""

    quantity: mpf
    forward: mpf
    strike: mpf
    deviation: mpf
    weight: mpf
    is_call: bool

    def value(self, spot_factor: mpf, volatility_shock: mpf) -> mpf:
        """quantity x price after moving the forward and the strike's own volatility."""
        price, _, _ = undiscounted(
            forward=self.forward * spot_factor,
            strike=self.strike,
            deviation=max(mpf(0), self.deviation * (1 + volatility_shock * self.weight)),
            is_call=self.is_call,
        )
        return self.quantity * price

    def sensitivities(self, horizon_deviation: mpf) -> tuple[mpf, mpf, mpf]:
        """Money delta, gamma and weighted vega, per relative move.

        Gamma takes no deviation below the spot move's own: a quadratic cannot describe a kink narrower than the
        move it is integrated over.
        """
        _, delta, density = undiscounted(
            forward=self.forward, strike=self.strike, deviation=self.deviation, is_call=self.is_call
        )
        scale = self.quantity * self.forward
        if self.deviation == 0:
            return scale * delta, mpf(0), mpf(0)
        curvature = density / max(self.deviation, horizon_deviation)
        return scale * delta, scale * curvature, scale * density * self.deviation * self.weight


@dataclass(frozen=True)
class Certain:
    """What is left of an option that is exercised, or not, for sure: `units` forwards and cash."""

    units: mpf
    forward: mpf
    cash: mpf

    def value(self, spot_factor: mpf, _volatility_shock: mpf) -> mpf:
        """No volatility moves it."""
        return self.units * self.forward * spot_factor + self.cash

    def sensitivities(self, _horizon_deviation: mpf) -> tuple[mpf, mpf, mpf]:
        """Money delta; neither gamma nor vega."""
        return self.units * self.forward, ZERO, ZERO


@dataclass(frozen=True)
class Book:
    """All legs on one underlying."""

    index: mpf
    perpetual: mpf
    options: list[Option | Certain]

    def value(self, spot_factor: mpf, volatility_shock: mpf = ZERO) -> mpf:
        """Marks of all legs after the shock, entry values not deducted."""
        marks = sum((o.value(spot_factor, volatility_shock) for o in self.options), ZERO)
        return self.perpetual * self.index * spot_factor + marks


def _open_share(case: Case, leg: Leg) -> mpf:
    """Of the settlement window, what is not over; 1 before it."""
    return 1 - mpf(case.accrued_of(leg)[0]) / WINDOW_SECONDS


def _option(case: Case, leg: Leg, index: mpf) -> Option | Certain:
    surface = case.surface_of(leg)
    seconds = max(0, leg.expiry - case.now)
    if surface is None or seconds == 0:
        surface, seconds = Surface(leg.underlying, leg.expiry, 0, 0, 0, 0, 0, 0), 0
    forward = index * (1 + mpf(surface.basis) / MICRO_MICRO)
    strike, share = mpf(leg.strike_micros) / 10**6, _open_share(case, leg)
    # the average is fixed + share x (what the index averages from now on)
    fixed = mpf(case.accrued_of(leg)[1]) / WAD / WINDOW_SECONDS
    quantity, is_call = mpf(leg.quantity) / WAD, leg.kind == 1
    if share == 0:
        return Certain(ZERO, forward, quantity * max(ZERO, fixed - strike if is_call else strike - fixed))
    if strike <= fixed:
        units = quantity * share if is_call else ZERO
        return Certain(units, forward, quantity * (fixed - strike) if is_call else ZERO)
    strike = (strike - fixed) / share
    k = log_moneyness(forward=forward, strike=strike)
    variance = svi_total_variance([mpf(p) / MICRO_MICRO for p in surface.parameters], k)
    return Option(
        quantity=quantity * share,
        forward=forward,
        strike=strike,
        deviation=mp.sqrt(variance),
        weight=term_weight(seconds=seconds, floor_days=case.model["termFloorDays"]),
        is_call=is_call,
    )


def _books(case: Case) -> list[Book]:
    books = []
    for number, (index, _, _) in enumerate(case.underlyings, start=1):
        legs = [leg for leg in case.legs if leg.underlying == number]
        perpetual = sum((mpf(leg.quantity) / WAD for leg in legs if leg.kind == 0), ZERO)
        price = mpf(index) / WAD
        books.append(Book(price, perpetual, [_option(case, leg, price) for leg in legs if leg.kind]))
    return books


def _covariance(case: Case) -> matrix:
    size = 2 * len(case.underlyings)
    lower = matrix(size, size)
    entries = iter(case.loadings)
    for row in range(size):
        for column in range(row + 1):
            lower[row, column] = mpf(next(entries)) / WAD
    return lower * lower.T


def _delta_gamma_vega(case: Case, books: list[Book]) -> mpf:
    covariance = _covariance(case)
    size = 2 * len(books)
    direction, curvature = matrix(size, 1), matrix(size, size)
    for number, book in enumerate(books):
        horizon = mp.sqrt(covariance[2 * number, 2 * number])
        parts = [option.sensitivities(horizon) for option in book.options]
        direction[2 * number] = book.perpetual * book.index + sum((p[0] for p in parts), ZERO)
        curvature[2 * number, 2 * number] = sum((p[1] for p in parts), ZERO)
        direction[2 * number + 1] = sum((p[2] for p in parts), ZERO)
    product = curvature * covariance
    square = product * product
    mean = sum((product[i, i] for i in range(size)), ZERO) / 2
    variance = (direction.T * covariance * direction)[0]
    variance += sum((square[i, i] for i in range(size)), ZERO) / 2
    multiplier = mpf(case.model["expectedShortfallMultiplier"]) / WAD
    return max(mpf(0), multiplier * mp.sqrt(variance) - mean)


def _scenario_loss(case: Case, book: Book) -> mpf:
    start = book.value(mpf(1))
    losses = [mpf(0)]
    for spot, volatility, weight in case.grid:
        end = book.value(1 + mpf(spot) / BPS, mpf(volatility) / BPS)
        losses.append((start - end) * weight / BPS)
    return max(losses)


def _combined(case: Case, books: list[Book], losses: list[mpf]) -> mpf:
    """The sum, less what linear underlyings cannot lose at once, up to the largest offset."""
    covariance = _covariance(case)
    shares = [mpf(row[4]) / BPS for row in case.terms] or [ZERO] * len(books)
    linear = [u for u, book in enumerate(books) if not book.options and book.perpetual and shares[u]]
    squares = ZERO
    for u in linear:
        for v in linear:
            scale = mp.sqrt(covariance[2 * u, 2 * u] * covariance[2 * v, 2 * v])
            sign = mp.sign(books[u].perpetual * books[v].perpetual)
            squares += max(ZERO, sign * covariance[2 * u, 2 * v] / scale) * losses[u] * losses[v]
    least = sum((losses[u] * (1 - shares[u]) for u in linear), ZERO)
    return sum(losses, ZERO) - sum((losses[u] for u in linear), ZERO) + max(mp.sqrt(squares), least)


def _most_loss(case: Case, books: list[Book]) -> mpf:
    """Worth of bought options alone, infinite with anything else; legs whose whole window is over do not count."""
    living = [leg for leg in case.legs if _open_share(case, leg) > 0]
    if any(leg.kind == 0 or leg.quantity < 0 for leg in living):
        return mpf("inf")
    worth = ZERO
    for number, book in enumerate(books, start=1):
        legs = [leg for leg in living if leg.underlying == number]
        worth += max(ZERO, sum((_option(case, leg, book.index).value(mpf(1), ZERO) for leg in legs), ZERO))
    return worth


def _underlying_charges(case: Case, number: int, book: Book, terms: tuple[int, int, int, int, int]) -> mpf:
    """Concentration, basis and confidence, of what is left of options in their window."""
    depth, concentration, basis, confidence, _ = terms
    legs = [leg for leg in case.legs if leg.underlying == number]
    units = sum((abs(mpf(leg.quantity)) / WAD * _open_share(case, leg) for leg in legs), ZERO)
    total = book.index * max(ZERO, units - mpf(depth) / WAD) * concentration / BPS
    for leg in legs:
        seconds = max(0, leg.expiry - case.now) if leg.kind else 0
        time = mpf(seconds) / SECONDS_PER_YEAR
        total += book.index * abs(mpf(leg.quantity)) / WAD * _open_share(case, leg) * time * basis / BPS
    index, low, high = case.underlyings[number - 1]
    width = mpf(min(index - low, high - index)) / index
    delta = sum((o.sensitivities(mpf(0))[0] for o in book.options), book.perpetual * book.index)
    return total + abs(delta) * width * confidence / BPS


def _equity(case: Case, books: list[Book]) -> tuple[mpf, mpf]:
    low = high = mpf(case.cash) / WAD
    rows = zip(books, case.underlyings, case.entry_values, strict=True)
    for book, (index, bottom, top), entry in rows:
        ends = [book.value(mpf(bottom) / index), book.value(mpf(top) / index)]
        low += min(ends) - mpf(entry) / WAD
        high += max(ends) - mpf(entry) / WAD
    return low, high


def expected_margin(case: Case) -> dict[str, str]:
    """Requirements rounded up, equity rounded down, as WAD text."""
    books = _books(case)
    approximate = _delta_gamma_vega(case, books)
    scenario = _combined(case, books, [_scenario_loss(case, book) for book in books])
    charges = notional = mpf(0)
    for leg in case.legs:
        size = abs(mpf(leg.quantity)) / WAD * _open_share(case, leg) * books[leg.underlying - 1].index
        notional += size
        if leg.kind and leg.quantity < 0:
            charges += size * case.model["shortOptionChargeBps"] / BPS
    for number, terms in enumerate(case.terms, start=1):
        charges += _underlying_charges(case, number, books[number - 1], terms)
    floor = notional * case.model["minimumNotionalBps"] / BPS
    own = min(max(max(approximate, scenario) + charges, floor), _most_loss(case, books))
    low, high = _equity(case, books)
    return {
        "deltaGammaVega": to_wad_up(approximate),
        "scenarioLoss": to_wad_up(scenario),
        "charges": to_wad_up(charges),
        "ownRequirement": to_wad_up(own),
        "equityLow": to_wad_down(low),
        "equityHigh": to_wad_down(high),
    }
