namespace Pipelines.Sockets.Unofficial.Arenas;

/// <summary>How an arena treats its memory.</summary>
[Flags]
public enum ArenaFlags
{
    /// <summary>Elements without references keep their old values after a reset.</summary>
    None = 0,

    /// <summary>A reset clears every element. Elements that hold references are cleared anyway, so that nothing is kept alive.</summary>
    ClearAtReset = 1,
}
