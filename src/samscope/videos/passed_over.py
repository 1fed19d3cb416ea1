"""Which names are passed over in every folder: what operating systems and network disks leave there."""

_LEFT_BEHIND = frozenset(
    name.casefold()
    for name in (
        "__MACOSX",
        "Icon\r",
        "Network Trash Folder",
        "Temporary Items",
        "lost+found",
        "System Volume Information",
        "$RECYCLE.BIN",
        "RECYCLER",
        "RECYCLED",
        "FOUND.000",
        "Thumbs.db",
        "Thumbs.db:encryptable",
        "ehthumbs.db",
        "ehthumbs_vista.db",
        "desktop.ini",
        "@eaDir",
        "#recycle",
        "#snapshot",
        "@Recycle",
        "@Recently-Snapshot",
        "@sharebin",
        "aquota.user",
        "aquota.group",
    )
)
"""Left by macOS, Linux, Windows, Synology and QNAP, in any case of letters."""


def is_passed_over(name: str) -> bool:
    """Tell whether a file or folder is none of the user's: hidden, or left by a system or a network disk.

    Args:
        name: its name, without the folder that it is in.
    """
    return name.startswith(".") or name.casefold() in _LEFT_BEHIND or "@SynoEAStream" in name
