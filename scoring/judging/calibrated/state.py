"""What is assumed before any sheet, and the parameters of the model while it is fitted or drawn from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scoring.judging.calibrated.design import Design
from scoring.judging.panel import Floats


@dataclass(frozen=True, slots=True)
class Priors:
    """What is assumed before any sheet, in units of the sheets' own spread.

    A pair of names ``x_sheets`` and ``x`` says how many observations the prior value is worth. With few degrees of
    freedom (Student's t) the discriminations of most jurors are alike, and a juror unlike them is not drawn to them.
    """

    pool_noise_sheets: float = 4.0
    pool_noise_var: float = 0.4
    noise_sheets: float = 5.0
    discrimination_jurors: float = 10.0
    discrimination_var: float = 0.05
    discrimination_freedom: float = 3.0
    quality_entries: float = 2.0
    quality_var: float = 0.4
    severity_jurors: float = 1.0
    severity_var: float = 0.1
    non_expert_sheets: float = 20.0
    non_expert_var: float = 1.2
    own_region_precision: float = 4.0
    favour_jurors: float = 4.0
    favour_var: float = 0.05


PRIORS = Priors()


@dataclass(slots=True)
class State:
    """Parameters of the model in units of the sheets' spread; changed in place by each round.

    Attributes
    ----------
    a, a_var, nu : ndarray of shape (J,)
        Discriminations, their variances, and their prior variances.
    noise : ndarray of shape (J,)
        Noise variance of each juror over ``base``.
    favour, favour_var : ndarray of shape (J,)
        What each juror's own-region effect is above ``own``, and its variance.
    base, rough, own, omega, lam, tau, pool_nu : float
        Noise variance of the pool, factor on it for non-experts, average own-region effect, variances of its
        deviations, of qualities and of severities, and the pool's variance of discriminations.
    """

    a: Floats
    a_var: Floats
    nu: Floats
    noise: Floats
    favour: Floats
    favour_var: Floats
    base: float = 0.4
    rough: float = PRIORS.non_expert_var
    own: float = 0.0
    lam: float = PRIORS.quality_var
    tau: float = 0.2
    omega: float = 0.1
    pool_nu: float = 0.1

    @classmethod
    def start(cls, jurors: int) -> State:
        """Return the state before the first round: all jurors alike."""
        ones, zeros = np.ones(jurors), np.zeros(jurors)
        return cls(a=ones, a_var=zeros, nu=0.1 * ones, noise=ones.copy(), favour=zeros.copy(), favour_var=zeros.copy())

    def own_region(self, design: Design) -> Floats:
        """Return each sheet's own-region effect: shape (S,)."""
        return (self.own + self.favour[design.juror]) * design.own

    def factor(self, design: Design) -> Floats:
        """Return each sheet's factor on its juror's noise variance: shape (S,)."""
        return np.where(design.expert, 1.0, self.rough) * design.vague

    def weight(self, design: Design) -> Floats:
        """Return the precision of each sheet's noise, as far as the sheet counts: shape (S,)."""
        return design.voice / (self.base * self.noise[design.juror] * self.factor(design))
