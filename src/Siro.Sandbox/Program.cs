using System.CommandLine;
using System.Runtime.InteropServices;
using Siro.Sandbox;
using Siro.Sandbox.Demo;
using Siro.Sandbox.Processes;
using Siro.Sandbox.Terminal;

if (args is [Watchdog.Command])
{
    return Watchdog.Watch(Console.In);
}

var demo = new Option<bool>(
    "--demo") { Description = "Play the three jobs on real recordings, check the results, and end: exit code 0, or 1 with what failed." };
var gatewayPort = new Option<int>("--gateway-port") { Description = "The gateway's port. Default: 5180, or any free one." };
var emulatorPort = new Option<int>("--emulator-port") { Description = "The emulator's port. Default: 5181, or any free one." };
var storePort = new Option<int>("--store-port") { Description = "The store's port. Default: 5182, or any free one." };
var data = new Option<string?>(
    "--data") { Description = "Keep everything in this folder. Default: a temporary one, removed at the end.", HelpName = "DIR" };
foreach (var port in (Option<int>[])[gatewayPort, emulatorPort, storePort])
{
    port.HelpName = "PORT";
    port.Validators.Add(result =>
    {
        if (result.Tokens.Count > 0 && (!int.TryParse(result.Tokens[0].Value, out var number) || number is < 0 or > 65535))
        {
            result.AddError($"{port.Name} must be a port, 0 to 65535.");
        }
    });
}

var root =
    new RootCommand(
    "Siro.Sandbox: the gateway with everything it needs, on this machine: an embedded store, an emulator of Siro and two sample "
    + "subscribers.")
{
    demo, gatewayPort, emulatorPort, storePort, data,
};
root.SetAction((parsed,
    _) => RunAsync(new SandboxOptions(parsed.GetValue(demo), parsed.GetValue(gatewayPort), parsed.GetValue(emulatorPort),
    parsed.GetValue(storePort), parsed.GetValue(data))));
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });

static async Task<int> RunAsync(SandboxOptions options)
{
    using var ending = new CancellationTokenSource();
    void End(PosixSignalContext signal)
    {
        signal.Cancel = true;
        ending.Cancel();
    }

    using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
    using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
    using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, End);
    var screen = new Screen();
    try
    {
        screen.Title("Starting the sandbox");
        await using var sandbox = await Sandbox.StartAsync(options, screen, ending.Token);
        return options.Demo
            ? await GuidedDemo.PlayAsync(sandbox, screen, ending.Token)
            : await Siro.Sandbox.Running.UntilEndedAsync(sandbox, screen, ending.Token);
    }
    catch (SandboxException e)
    {
        await Console.Error.WriteLineAsync(e.Message);
        return 1;
    }
    catch (OperationCanceledException) when (ending.IsCancellationRequested)
    {
        screen.Line("Stopped.");
        return options.Demo ? 1 : 0;
    }
}
