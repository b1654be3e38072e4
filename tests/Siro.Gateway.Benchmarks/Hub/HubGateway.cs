using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Siro.Gateway.Benchmarks.Hosting;
using Siro.Gateway.Benchmarks.Load;
using Siro.Gateway.Benchmarks.Webhooks;

namespace Siro.Gateway.Benchmarks.Hub;

/// <summary>The measured gateway, one replica or more, with its store: stores events, makes subscriptions and replays.</summary>
internal sealed class HubGateway(IReadOnlyList<Role> replicas, RedisServer redis, SignedEvents events, HubOptions options) : IDisposable
{
    /// <summary>The fan-out's lease; whoever holds it decides when stored events go out.</summary>
    private const string Lease = "sg:{lease:webhooks-fanout:" + GatewaySettings.Organization + "}:held";

    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false })
    {
        BaseAddress = replicas[0].Address, DefaultRequestHeaders = { { "X-Api-Key", GatewaySettings.ApiKey } },
    };

    /// <summary>Processor time that all replicas have used since their start.</summary>
    public TimeSpan Cpu => replicas.Aggregate(TimeSpan.Zero, (sum, replica) => sum + replica.Cpu);

    /// <summary>
    /// Stored events stay where they are until <see cref="LetGoAsync"/>, so that taking them is not measured with delivering them. Whoever
    /// had the lease finds out when it renews it, at a third of its six seconds.
    /// </summary>
    public async Task HoldAsync()
    {
        await redis.Database.HashSetAsync(Lease, [new("owner", "benchmark"), new("until", "9000000000000000")]);
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(3));
        await timer.WaitForNextTickAsync();
    }

    public async Task LetGoAsync() => await redis.Database.HashSetAsync(Lease, [new("owner", ""), new("until", "0")]);

    public async Task<string> SubscribeAsync(Uri url, string type)
    {
        using var answer = await _client.PostAsJsonAsync("/v1/subscriptions", new { url = url.ToString(), events = new[] { type } });
        return (await AnswerAsync(answer)).GetProperty("id").GetString()!;
    }

    public async Task UnsubscribeAsync(string id)
    {
        using var answer = await _client.DeleteAsync("/v1/subscriptions/" + id);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Starts a replay of everything; answers how many deliveries it is.</summary>
    public async Task<int> ReplayAsync(string id)
    {
        using var answer = await _client.PostAsJsonAsync($"/v1/subscriptions/{id}/replay", new { since = "2020-01-01T00:00:00Z" });
        return (await AnswerAsync(answer)).GetProperty("count").GetInt32();
    }

    /// <summary>Stores events as Siro would send them.</summary>
    public async Task StoreAsync(int count)
    {
        var left = count;
        var sent = await RawLoad.RunAsync(
            replicas[0].Address,
            () => Interlocked.Decrement(ref left) >= 0 ? events.NextRequest() : null,
            options.Connections,
            options.Most);
        if (sent.Requests != count || sent.Errors > 0)
        {
            throw new BenchmarkException($"{sent.Requests} of {count} events were acknowledged.");
        }
    }

    /// <summary>Stores one event; answers its id.</summary>
    public async Task<string> StoreOneAsync()
    {
        var (id, timestamp, signature, body) = events.Next();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/webhooks/siro/{GatewaySettings.Organization}")
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
            Headers = { { "svix-id", id }, { "svix-timestamp", timestamp }, { "svix-signature", signature } },
        };
        using var answer = await _client.SendAsync(request);
        answer.EnsureSuccessStatusCode();
        return id;
    }

    public void Dispose() => _client.Dispose();

    private static async Task<JsonElement> AnswerAsync(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode
            ? JsonSerializer.Deserialize<JsonElement>(text)
            : throw new BenchmarkException($"{(int)answer.StatusCode}: {text}");
    }
}
