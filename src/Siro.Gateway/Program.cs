using Siro.Gateway;
using Siro.Gateway.Commands;

return args is [var first, ..] && ((!first.StartsWith('-') && !first.StartsWith('/')) || first is "--help" or "-h" or "-?" or "--version")
    ? await CommandLine.RunAsync(args)
    : await GatewayHost.RunAsync(args);

/// <summary>The entry point; the features stand in <see cref="GatewayHost"/>.</summary>
public partial class Program;
