using System.Diagnostics;
using Microsoft.AspNetCore.Http.Features;
using Siro.Gateway.Access;
using Siro.Gateway.Benchmarks.Hosting;
using Siro.Gateway.Common;
using Siro.Gateway.SiroApi;
using Spectre.Console;

namespace Siro.Gateway.Benchmarks.Credentials;

/// <summary>
/// What Access and Credentials add to a call in steady state, in one process: the gateway's own services, called as its
/// pipeline calls them, on one thread. Kestrel, YARP and the budget are not in it (see <c>proxy</c>).
/// </summary>
internal sealed class CredentialsRun(int rounds, IAnsiConsole console)
{
    private const int Calls = 100_000;

    public async Task<int> RunAsync()
    {
        await using var redis = await RedisServer.StartAsync();
        using var issuer = new TokenIssuer();
        await using var upstream = await Role.StartAsync(
            "upstream", new Dictionary<string, string>(StringComparer.Ordinal) { [TokenIssuer.KeySetVariable] = issuer.KeySet });
        var settings = GatewaySettings.For(redis, upstream.Address)
            .ToDictionary(s => s.Key.Replace("__", ":", StringComparison.Ordinal), s => (string?)s.Value, StringComparer.Ordinal);
        await using var app = GatewayHost.Build([], builder =>
        {
            builder.Configuration.AddInMemoryCollection(settings);
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
        });
        await app.StartAsync();
        var parts = Parts(app, issuer.Token(upstream.Address));
        foreach (var part in parts)
        {
            // The first call mints, or reads the provider's keys; then tiered compilation settles.
            await part.Call();
            for (var i = 0; i < 3; i++)
            {
                await MeasureAsync(part);
                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
            }
        }

        var before = await redis.ScriptsAsync();
        var started = Stopwatch.GetTimestamp();
        var samples = parts.ToDictionary(p => p.Name, _ => new List<(double Nanoseconds, double Bytes)>(), StringComparer.Ordinal);
        for (var round = 0; round < rounds; round++)
        {
            foreach (var part in parts)
            {
                samples[part.Name].Add(await MeasureAsync(part));
            }
        }

        var scripts = await redis.ScriptsAsync() - before;
        Print(parts, samples);
        console.WriteLine(
            $"{parts.Count * rounds * Calls:N0} calls in {Stopwatch.GetElapsedTime(started).TotalSeconds:N1} s; scripts that Redis "
            + $"ran meanwhile, for the background's heartbeats: {scripts}.");
        await app.StopAsync();
        return 0;
    }

    private static List<Part> Parts(WebApplication app, string jwt)
    {
        var credentials = app.Services.GetRequiredService<ISiroCredentials>();
        var (user, organization) = (Request(SiroHost.Platform), Request(SiroHost.External));
        var byKey = Access(app, "X-Api-Key", GatewaySettings.ApiKey);
        var byToken = Access(app, "Authorization", "Bearer " + jwt);
        return
        [
            new Part("nothing (the loop itself)", () => default),
            new Part("A call that passes nothing: its scope and context", Access(app, "X-Api-Key", GatewaySettings.ApiKey, asks: false)),
            new Part("Credentials: organization token", () => Credential(credentials, organization)),
            new Part("Credentials: user token", () => Credential(credentials, user)),
            new Part("Access: API key", byKey),
            new Part("Access: JWT", byToken),
            new Part("Access by API key and a user token", async () =>
            {
                await byKey();
                await Credential(credentials, user);
            }),
            new Part("Access by JWT and a user token", async () =>
            {
                await byToken();
                await Credential(credentials, user);
            }),
        ];
    }

    private static async ValueTask Credential(ISiroCredentials credentials, SiroRequest request) =>
        await credentials.GetAsync(request, CancellationToken.None);

    /// <summary>
    /// The gateway's own pipeline of access with a request to a proxied path, in a scope of its own; what comes after it does nothing.
    /// </summary>
    /// <param name="asks">False: all but the pipeline, which is to be taken off the others' figures.</param>
    private static Func<ValueTask> Access(WebApplication app, string header, string value, bool asks = true)
    {
        var routes = ((IEndpointRouteBuilder)app).DataSources.SelectMany(s => s.Endpoints);
        var endpoint = routes.OfType<RouteEndpoint>().Single(e => e.RoutePattern.RawText == "/platform/{**path}");
        var branch = new ApplicationBuilder(app.Services);
        branch.UseAccess();
        branch.Run(_ => Task.CompletedTask);
        var pipeline = branch.Build();
        var scopes = app.Services.GetRequiredService<IServiceScopeFactory>();
        return async () =>
        {
            await using var scope = scopes.CreateAsyncScope();
            var context = new DefaultHttpContext { RequestServices = scope.ServiceProvider };
            context.Request.Method = HttpMethods.Get;
            context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = "/platform/v1/core/recordings/rec_1";
            context.Request.Headers[header] = value;
            context.SetEndpoint(endpoint);
            if (!asks)
            {
                return;
            }

            await pipeline(context);
            if (context.Response.StatusCode != StatusCodes.Status200OK || context.CallerOrNull() is null)
            {
                throw new BenchmarkException($"Access answered {context.Response.StatusCode}.");
            }
        };
    }

    private static SiroRequest Request(SiroHost host) => new()
    {
        Organization = new OrganizationKey(GatewaySettings.Organization),
        Host = host,
        Client = new ClientName("bench"),
        ActingUser = new UserId("usr_1"),
        Operation = "GET /v1/core/recordings",
    };

    private static async Task<(double Nanoseconds, double Bytes)> MeasureAsync(Part part)
    {
        // In steady state nothing waits, so all of it runs on this thread and its count of bytes is the whole.
        await Task.Yield();
        var bytes = GC.GetAllocatedBytesForCurrentThread();
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < Calls; i++)
        {
            var call = part.Call();
            if (!call.IsCompleted)
            {
                throw new BenchmarkException($"'{part.Name}' had to wait: it is not in steady state.");
            }

            await call;
        }

        var elapsed = Stopwatch.GetElapsedTime(started);
        return (elapsed.TotalNanoseconds / Calls, (double)(GC.GetAllocatedBytesForCurrentThread() - bytes) / Calls);
    }

    private void Print(IReadOnlyList<Part> parts, Dictionary<string, List<(double Nanoseconds, double Bytes)>> samples)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn("added to a call by");
        foreach (var column in new[] { "median", "lowest..highest", "allocated" })
        {
            table.AddColumn(new TableColumn(column).RightAligned());
        }

        foreach (var part in parts)
        {
            var times = samples[part.Name].ConvertAll(s => s.Nanoseconds);
            table.AddRow(part.Name, $"{Median.Of(times):N0} ns", $"{times.Min():N0}..{times.Max():N0}",
                $"{Median.Of(samples[part.Name].Select(s => s.Bytes)):N0} B");
        }

        console.Write(table);
    }

    private sealed record Part(string Name, Func<ValueTask> Call);
}
