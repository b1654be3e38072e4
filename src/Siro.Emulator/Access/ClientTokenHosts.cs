namespace Siro.Emulator.Access;

/// <summary>The hosts that take client tokens.</summary>
[Flags]
public enum ClientTokenHosts
{
    /// <summary>No host: the kind has not come yet, or was rolled back.</summary>
    None = 0,

    External = 1,

    Platform = 2,

    Internal = 4,

    All = External | Platform | Internal,
}
