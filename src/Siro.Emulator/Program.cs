using Siro.Emulator;
using Siro.Emulator.Control;

if (Settings.UnknownFlag(args) is { } unknown)
{
    var asked = unknown == "--help";
    var first = asked ? "Siro's emulator." : $"There is no flag {unknown}.";
    await (asked ? Console.Out : Console.Error).WriteLineAsync(
        $"{first} Flags, explained in its README: {string.Join(' ', Settings.Flags.Select(f => "--" + f))}");
    return asked ? 0 : 1;
}

var settings = new ConfigurationBuilder().AddEnvironmentVariables("SIRO_EMULATOR_").AddCommandLine(args).Build();
var address = new Uri(settings["urls"] ?? "http://127.0.0.1:5180");
await using var emulator = await EmulatorHost.StartAsync(new EmulatorOptions
{
    Port = address.Port,
    SeparatePorts = settings.GetValue("separate-ports", false),
    DataDirectory = settings["data"],
    OrganizationToken = settings["organization-token"],
    ClientSecret = settings["client-secret"],
    OrganizationId = settings["organization-id"],
    ClientId = settings["client-id"],
    UserId = settings["user-id"],
    ClientAppSecret = settings["client-app-secret"],
    ClientAppId = settings["client-app-id"],
});
Settings.Write(emulator.Options, settings);

Console.WriteLine($"""
    Siro's emulator is running. Ctrl-C ends it.
      external  {emulator.External}
      platform  {emulator.Platform}
      internal  {emulator.Internal}
      storage   {emulator.Storage}
      voip      {emulator.Voip}
      auth      {emulator.Auth}
      control   {emulator.Control}
    organization {emulator.Default.Id}
      token          {emulator.Default.Token}
      client id      {emulator.Default.ClientId}
      client secret  {emulator.Default.ClientSecret}
      client app     {emulator.Default.ClientApp.ClientId}
      its secret     {emulator.Default.ClientApp.ClientSecret}
      user           {emulator.Default.UserId}
    """);

var ended = new TaskCompletionSource();
using var interrupt = System.Runtime.InteropServices.PosixSignalRegistration.Create(System.Runtime.InteropServices.PosixSignal.SIGINT, End);
using var terminate = System.Runtime.InteropServices.PosixSignalRegistration.Create(
    System.Runtime.InteropServices.PosixSignal.SIGTERM, End);
await ended.Task;
return 0;

void End(System.Runtime.InteropServices.PosixSignalContext signal)
{
    signal.Cancel = true;
    ended.TrySetResult();
}
