"""What the words of the claims mean in numbers: the thresholds, and why they are where they are."""

LEAST_VIDEOS = 8
"""With fewer source videos than this, or partner videos where a set is made of them, no claim is decided.

Down to here the intervals cover the truth as often as they say, or nearly so (``docs/statistics.md``)."""

NOTHING = 0.0
"""Of claims that only say which of two things is more: no difference."""

LEVEL = 0.1
"""A feature is level while it stays within a tenth of what it was, and rises where it goes beyond.

The paper's plots span several times the level of the clean clips; less than a tenth cannot be read off them.
"""

HARDLY = 0.5
"""Object removal hardly raises a feature where its rise is nearer to none than to the interjection's."""

SETTLED = 0.5
"""A feature settles after a jump where more than half of the jump is gone."""

CHANCE = 0.5
"""AUROC of a score that knows nothing; also the share of offsets ahead of the motion, without a lead."""

INSEPARABLE = 0.7
"""AUROC below which frames are not told apart (D. W. Hosmer and S. Lemeshow, Applied Logistic Regression)."""

EXTREMELY_SEPARABLE = 0.9
"""AUROC above which they are told apart outstandingly (the same)."""

UNTOLD = 0.2
"""A map tells nothing of the object where it differs there by less than a small effect: a fifth of a standard
deviation (J. Cohen, Statistical Power Analysis for the Behavioral Sciences)."""

EDGES = 0.3
"""A map shows edges where its correlation with them is more than a medium effect (the same)."""

ALIKE = 0.9
"""Curves are nearly identical where they share more than four fifths of their variance."""

NOTICEABLE = 0.1
"""A pointer differs where it is moved by a tenth of its own way from one frame to the next."""
