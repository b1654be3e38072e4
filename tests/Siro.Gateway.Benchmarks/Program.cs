using System.CommandLine;
using Siro.Gateway.Benchmarks;
using Siro.Gateway.Benchmarks.All;
using Siro.Gateway.Benchmarks.Budget;
using Siro.Gateway.Benchmarks.ClientPackage;
using Siro.Gateway.Benchmarks.ConsolePage;
using Siro.Gateway.Benchmarks.Credentials;
using Siro.Gateway.Benchmarks.Hosting;
using Siro.Gateway.Benchmarks.Hub;
using Siro.Gateway.Benchmarks.Proxy;
using Siro.Gateway.Benchmarks.Start;
using Siro.Gateway.Benchmarks.Uploads;
using Siro.Gateway.Benchmarks.Webhooks;
using Spectre.Console;

// A contender's process, which does not pay for the command line.
if (args is ["serve", var part, .. var more])
{
    await RoleServers.ServeAsync(part, more.FirstOrDefault());
    return 0;
}

var console = Output.Create();
var rounds = new Option<int>(
    "--rounds") { Description = "Rounds; in each, every contender has one turn.", DefaultValueFactory = _ => new ProxyOptions().Rounds };
var seconds = new Option<double>(
    "--seconds") { Description = "Length of a turn.", DefaultValueFactory = _ => new ProxyOptions().Duration.TotalSeconds };
var warmUp = new Option<double>("--warm-up") { Description = "Seconds of warm-up for each .NET contender.",
    DefaultValueFactory = _ => new ProxyOptions().WarmUp.TotalSeconds };
var connections = new Option<int>(
    "--connections") { Description = "Connections under load.", DefaultValueFactory = _ => new ProxyOptions().Connections };

var brief = new Option<bool>("--brief") { Description = "Without nginx and JWT." };

var proxy = new Command("proxy", "The proxied path against bare YARP and nginx.") { rounds, seconds, warmUp, connections, brief };
proxy.SetAction((arguments, _) => RunAsync(() => new ProxyRun(
    new ProxyOptions
    {
        Rounds = arguments.GetValue(rounds),
        Duration = TimeSpan.FromSeconds(arguments.GetValue(seconds)),
        WarmUp = TimeSpan.FromSeconds(arguments.GetValue(warmUp)),
        Connections = arguments.GetValue(connections),
        Everybody = !arguments.GetValue(brief),
    },
    console).RunAsync()));

var only = new Option<string?>("--only") { Description = "One part alone: large, slow or small." };
only.AcceptOnlyFromAmong("large", "slow", "small");
var uploads = new Command("uploads", "Uploads beside Siro's three steps by hand.") { rounds, only };
uploads.SetAction((arguments, _) => RunAsync(() => new UploadsRun(
    new UploadsOptions
    {
        Rounds = arguments.GetResult(rounds) is { Implicit: false } ? arguments.GetValue(rounds) : new UploadsOptions().Rounds,
        Only = arguments.GetValue(only),
    },
    console).RunAsync()));

var webhooks = new Command("webhooks", "Acknowledging beside redis-benchmark, delivering beside a bare HttpClient loop.") { rounds };
webhooks.SetAction((arguments, _) => RunAsync(async () =>
{
    var options =
        new WebhooksOptions { Rounds = arguments.GetResult(rounds) is { Implicit: false }
        ? arguments.GetValue(rounds)
        : new WebhooksOptions().Rounds };
    await new IngestPart(options, console).RunAsync();
    await new DeliveryPart(options, console).RunAsync();
    return 0;
}));

var quick = new Option<bool>("--quick") { Description = "One small round." };
var subscribers = Numbers("--subscribers", "Numbers of subscribers of one event, a turn for each.");
var replays = Numbers("--replays", "Sizes of the replays; 0 for none.");
var hubReplicas = new Option<int>("--replicas") { Description = "Replicas of the gateway.", DefaultValueFactory = _ => 1 };
var hub = new Command("hub", "Deliveries to 1, 10 and 100 subscribers and replays, beside a bare HttpClient loop.")
{
    rounds, quick, subscribers, replays, hubReplicas,
};
hub.SetAction((arguments, _) => RunAsync(() =>
{
    var options = arguments.GetValue(quick) ? HubOptions.Quick : new HubOptions();
    return new HubRun(
        options with
        {
            Rounds = arguments.GetResult(rounds) is { Implicit: false } ? arguments.GetValue(rounds) : options.Rounds,
            Replicas = arguments.GetValue(hubReplicas),
            Subscribers = arguments.GetValue(subscribers) is { Length: > 0 } some ? some : options.Subscribers,
            Replays = arguments.GetValue(replays) is { Length: > 0 } sizes ? [.. sizes.Where(size => size > 0)] : options.Replays,
        },
        console).RunAsync();
}));

var gatewayProgram = new Option<string?>(
    "--gateway") { Description = "A published gateway (its .dll or executable) in place of the built one." };
var start = new Command("start", "Start to the first proxied answer and idle memory, beside bare YARP.") { rounds, gatewayProgram };
start.SetAction((arguments, _) => RunAsync(() => new StartRun(
    arguments.GetResult(rounds) is { Implicit: false } ? arguments.GetValue(rounds) : 5, arguments.GetValue(gatewayProgram),
    console).RunAsync()));

var all = new Command(
    "all", "Everything that has a goal, as one table: medians of five alternating rounds or more.") { rounds, gatewayProgram };
all.SetAction((arguments, _) =>
{
    var given = arguments.GetResult(rounds) is { Implicit: false } ? arguments.GetValue(rounds) : 5;
    return new AllRun(
        [
            () => RunAsync(() => new ProxyRun(new ProxyOptions { Rounds = given }, console).RunAsync()),
            () => RunAsync(() => new StartRun(given, arguments.GetValue(gatewayProgram), console).RunAsync()),
            () => RunAsync(() => new HubRun(new HubOptions { Rounds = given }, console).RunAsync()),
            () => RunAsync(() => new UploadsRun(new UploadsOptions { Rounds = given }, console).RunAsync()),
        ],
        console).RunAsync();
});

var credentials = new Command("credentials", "What Access and Credentials add to a call, in one process.") { rounds };
credentials.SetAction((arguments, _) => RunAsync(
    () => new CredentialsRun(arguments.GetResult(rounds) is { Implicit: false } ? arguments.GetValue(rounds) : 9, console).RunAsync()));

return await new RootCommand("Measures Siro.Gateway side by side with what it is compared to.") { proxy, uploads, webhooks, hub, start,
    all, credentials, BudgetCommand.Create(console), ClientCommand.Create(console), ConsoleCommand.Create(console) }.Parse(args)
    .InvokeAsync();

static Option<int[]> Numbers(string name, string description) =>
    new(name) { Description = description, AllowMultipleArgumentsPerToken = true };

async Task<int> RunAsync(Func<Task<int>> run)
{
    try
    {
        return await run();
    }
    catch (BenchmarkException e)
    {
        console.MarkupLineInterpolated($"[red]{e.Message}[/]");
        return 1;
    }
}
