"""What processes of tests begin with: everything imported, and quick products of matrices."""

import gc

import benchmarks.bench.measuring
import benchmarks.gpu_parts  # noqa: F401
import samscope.studies.stages  # noqa: F401
from benchmarks.bench import arithmetic

arithmetic._SIDE = 256
gc.freeze()  # what all begin with is visited by nobody's collector
