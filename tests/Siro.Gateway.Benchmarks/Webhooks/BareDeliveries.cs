using System.Net.Http.Headers;
using System.Text;

namespace Siro.Gateway.Benchmarks.Webhooks;

/// <summary>What delivering costs without a hub: a loop over HttpClient with the same bodies and headers.</summary>
internal static class BareDeliveries
{
    public static async Task SendAsync(Uri subscriber, SignedEvents events, int count, int atOnce)
    {
        using var client = new HttpClient(
            new SocketsHttpHandler { UseProxy = false, UseCookies = false, MaxConnectionsPerServer = atOnce });
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = atOnce }, async (_, cancel) =>
        {
            var (id, timestamp, signature, body) = events.Next();
            using var request = new HttpRequestMessage(HttpMethod.Post, subscriber)
            {
                Content = new ByteArrayContent(
                    Encoding.UTF8.GetBytes(body)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
            };
            foreach (var prefix in new[] { "webhook", "svix" })
            {
                request.Headers.Add(prefix + "-id", id);
                request.Headers.Add(prefix + "-timestamp", timestamp);
                request.Headers.Add(prefix + "-signature", signature);
            }

            using var answer = await client.SendAsync(request, cancel);
            answer.EnsureSuccessStatusCode();
        });
    }
}
