namespace Siro.Sandbox;

/// <summary>What the command line asks for.</summary>
/// <param name="GatewayPort">0: 5180 if it is free, else any.</param>
/// <param name="EmulatorPort">0: 5181 if it is free, else any.</param>
/// <param name="StorePort">0: 5182 if it is free, else any.</param>
/// <param name="Data">Kept between runs; a temporary folder, removed at the end, when null.</param>
internal sealed record SandboxOptions(bool Demo, int GatewayPort, int EmulatorPort, int StorePort, string? Data);

/// <summary>Something that the user can put right; shown without a stack trace.</summary>
internal sealed class SandboxException(string message) : Exception(message);
