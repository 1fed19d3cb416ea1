#!/usr/bin/env bash
# A study on a Slurm array: every task tracks one shard, and the last job puts them together.
#
#   sbatch examples/slurm.sh DAVIS facebook/sam2.1-hiera-tiny study     (on a login node)
#
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

videos=$1
model=$2
study=$3
clips=${CLIPS:-500}
device=${DEVICE:-cuda}
samscope=${SAMSCOPE:-samscope}

shard=${SLURM_ARRAY_TASK_ID:?start this script with sbatch}
shards=${SLURM_ARRAY_TASK_COUNT:?start this script with sbatch}
threads=${SLURM_CPUS_PER_TASK:-1}

# The first task asks for the merge, which Slurm starts once every task of the array has succeeded.
if [[ $shard == "${SLURM_ARRAY_TASK_MIN:-1}" && ${SLURM_RESTART_COUNT:-0} == 0 ]]; then
    printf -v merge '%q merge --report --out %q %q/shard-*[0-9]' "$samscope" "$study" "$study.shards"
    sbatch --job-name=samscope-merge --dependency="afterok:$SLURM_ARRAY_JOB_ID" --cpus-per-task=2 --mem=32G \
        --output="samscope-%j-merge.log" --wrap="$merge"
fi

exec "$samscope" track --videos "$videos" --model "$model" --device "$device" --threads "$threads" \
    --clips "$clips" --shard "$shard/$shards" --out "$study.shards/shard-$shard" --resume
