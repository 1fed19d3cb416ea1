#!/usr/bin/env bash
# A study on a Slurm array: every task tracks one shard, and the last job puts them together.
#
#   sbatch examples/slurm.sh DAVIS facebook/sam2.1-hiera-tiny study     (on a login node)
#   sbatch --array=0-15 examples/slurm.sh DAVIS my-model study --mode bf16 --batch 32 --clips 200
#
# What follows the study's name are options of `samscope record`, the same for every task. The array may have any size
# and begin anywhere, as long as it has no gaps; where it has more tasks than there are draws, some have nothing to do.
# A task that is preempted or runs out of time is put into the queue again by Slurm, and goes on where it stopped.
#SBATCH --job-name=samscope
#SBATCH --array=1-64
#SBATCH --gres=gpu:1
#SBATCH --cpus-per-task=4
#SBATCH --mem=32G
#SBATCH --time=04:00:00
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=samscope-%A-%a.log
set -euo pipefail

if (($# < 3)); then
    echo "usage: sbatch [--array=1-64] $0 VIDEOS MODEL STUDY [options of samscope record]" >&2
    exit 2
fi
videos=$1
model=$2
study=$3
options=("${@:4}")
clips=${CLIPS:-500}
device=${DEVICE:-cuda}
samscope=${SAMSCOPE:-samscope}

task=${SLURM_ARRAY_TASK_ID:?start this script with sbatch and an array: --array=1-64}
shards=${SLURM_ARRAY_TASK_COUNT:?start this script with sbatch and an array: --array=1-64}
first=${SLURM_ARRAY_TASK_MIN:-1}
last=${SLURM_ARRAY_TASK_MAX:-$((first + shards - 1))}
step=${SLURM_ARRAY_TASK_STEP:-1}
threads=${SLURM_CPUS_PER_TASK:-1}

if (((last - first) / step + 1 != shards)); then
    echo "the array has gaps: $shards tasks from $first to $last; give a range, such as --array=1-$shards" >&2
    exit 2
fi
shard=$(((task - first) / step + 1))

# The first task asks for the merge, which Slurm starts once every task of the array has succeeded.
if [[ $shard == 1 && ${SLURM_RESTART_COUNT:-0} == 0 ]]; then
    printf -v merge '%q merge --report --out %q %q/shard-*[0-9]' "$samscope" "$study" "$study.shards"
    sbatch --job-name=samscope-merge --dependency="afterok:$SLURM_ARRAY_JOB_ID" --cpus-per-task=2 --mem=32G \
        --output="samscope-%j-merge.log" --wrap="$merge"
fi

exec "$samscope" record --videos "$videos" --model "$model" --device "$device" --threads "$threads" \
    --clips "$clips" --shard "$shard/$shards" --out "$study.shards/shard-$shard" --resume \
    ${options[@]+"${options[@]}"}
