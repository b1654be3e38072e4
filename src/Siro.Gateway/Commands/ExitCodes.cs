namespace Siro.Gateway.Commands;

/// <summary>What every command ends with (docs/commands.md).</summary>
internal static class ExitCodes
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>The command line, the configuration or a local file is wrong; <c>doctor</c> and <c>health</c>: something fails.</summary>
    public const int Wrong = 1;

    /// <summary>Siro or the gateway refused.</summary>
    public const int Refused = 2;

    /// <summary>Siro or the gateway can't be reached, fails, or leaves in doubt what became of it.</summary>
    public const int Away = 3;

    /// <summary>Ctrl-C, as shells write it: 128 and the signal's number.</summary>
    public const int Interrupted = 130;
}
