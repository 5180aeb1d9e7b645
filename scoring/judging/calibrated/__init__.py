"""The calibrated model: what a juror's mark says of an entry, given how that juror marks.

With y the normal score of a sheet's weighted mean among all sheets::

    y = severity_j + own_region * same_region + discrimination_j * quality_i + noise,
    noise ~ N(0, noise_j^2 * (non_expert^2 if the juror is no expert of the track else 1))

where ``quality_i ~ N(0, .)``, ``severity_j ~ N(0, .)``, ``discrimination_j ~ N(1, .)`` and ``noise_j`` is shrunk to the
pool. All spreads are estimated. Jurors who tell good from bad consistently count more; nobody is left out.
"""

from scoring.judging.calibrated.fit import Calibration, calibrate, can_calibrate
from scoring.judging.calibrated.posterior import posterior_draws

__all__ = ["Calibration", "calibrate", "can_calibrate", "posterior_draws"]
