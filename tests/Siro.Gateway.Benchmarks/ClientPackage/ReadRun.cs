using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Siro.Gateway.Client;
using Spectre.Console;

namespace Siro.Gateway.Benchmarks.ClientPackage;

/// <summary>
/// A typed read: <c>GET /v1/me</c> through the client, and the same by HttpClient and System.Text.Json's source generator.
/// </summary>
internal sealed class ReadRun(int rounds, IAnsiConsole console)
{
    private const int Reads = 6000;

    private static readonly byte[] Answer =
        """
        {"client":"crm","organization":"acme","permissions":["external:read","platform:read","uploads:write"],"actingUser":"8d1f0c6e-7d0a-4a51-9d55-1a2b3c4d5e6f",
        "priority":"interactive","weight":1,"budget":{"organization":{"limit":1000,"remaining":871,"windowSeconds":60,"resetSeconds":12},"user":null}}
        """u8.ToArray();

    public async Task RunAsync()
    {
        await using var server = await Servers.StartAsync(_ => { }, app => app.MapGet("/v1/me", (RequestDelegate)(async context =>
        {
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = Answer.Length;
            await context.Response.Body.WriteAsync(Answer);
        })));
        var address = new Uri(server.Urls.First());
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSiroGateway(options => (options.BaseAddress, options.ApiKey) = (address, "sgw_benchmark"));
        await using var provider = services.BuildServiceProvider();
        var client = provider.GetRequiredService<SiroGatewayClient>();
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = address };
        http.DefaultRequestHeaders.Add("X-Api-Key", "sgw_benchmark");

        Func<Task> typed = () => client.GetMeAsync();
        Func<Task> bare = async () =>
        {
            using var response = await http.GetAsync("/v1/me", HttpCompletionOption.ResponseHeadersRead);
            response.EnsureSuccessStatusCode();
            await using var body = await response.Content.ReadAsStreamAsync();
            _ = await JsonSerializer.DeserializeAsync(body, MeJson.Default.Me);
        };
        await TurnAsync(typed, 3 * Reads); // warm-up
        await TurnAsync(bare, 3 * Reads);
        var (ofTyped, ofBare) = (new List<double>(), new List<double>());
        for (var round = 0; round < rounds; round++)
        {
            // Who goes first alternates: a machine that slows down within a round favours nobody.
            if (round % 2 == 0)
            {
                ofTyped.Add(await TurnAsync(typed, Reads));
                ofBare.Add(await TurnAsync(bare, Reads));
            }
            else
            {
                ofBare.Add(await TurnAsync(bare, Reads));
                ofTyped.Add(await TurnAsync(typed, Reads));
            }
        }

        console.MarkupLineInterpolated(
            $"A typed read, one caller, medians of {rounds}: client [bold]{Median.Of(ofTyped):N1} us[/], HttpClient with System.Text.Json {Median.Of(ofBare):N1} us, ratio [bold]{Median.Of(ofTyped.Zip(ofBare, (one, other) => one / other)):N2}[/].");
    }

    /// <returns>Microseconds a read.</returns>
    private static async Task<double> TurnAsync(Func<Task> read, int reads)
    {
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < reads; i++)
        {
            await read();
        }

        return clock.Elapsed.TotalMicroseconds / reads;
    }
}

internal sealed record Me(
    string Client, string Organization, IReadOnlyList<string> Permissions, string? ActingUser, string Priority, double Weight,
    MeBudget? Budget);

internal sealed record MeBudget(MeShare Organization, MeShare? User);

internal sealed record MeShare(int Limit, int Remaining, int WindowSeconds, int ResetSeconds);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Me))]
internal sealed partial class MeJson : JsonSerializerContext;
