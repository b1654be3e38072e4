using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Siro.Gateway.Benchmarks.Hosting;

namespace Siro.Gateway.Benchmarks.Uploads;

/// <summary>As many small files as go, some at once, through the gateway or by hand, with the same HttpClient.</summary>
internal sealed class SmallUploads(Uri gateway, EmulatorRole.Facts siro, string userToken, byte[] file) : IDisposable
{
    private const int AtOnce = 8;

    private readonly HttpClient _client = new(
        new SocketsHttpHandler { UseProxy = false, UseCookies = false }) { DefaultRequestHeaders = { { "User-Agent", "siro-bench" } } };

    /// <summary>Uploads a second, over <paramref name="time"/>.</summary>
    public async Task<double> RateAsync(bool throughGateway, TimeSpan time)
    {
        var clock = Stopwatch.StartNew();
        var counts = await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => Task.Run(async () =>
        {
            var count = 0;
            for (; clock.Elapsed < time; count++)
            {
                await (throughGateway ? ThroughGatewayAsync() : ByHandAsync());
            }

            return count;
        })));
        return counts.Sum() / clock.Elapsed.TotalSeconds;
    }

    public void Dispose() => _client.Dispose();

    private async Task ThroughGatewayAsync()
    {
        var part = new ByteArrayContent(file);
        part.Headers.ContentType = new MediaTypeHeaderValue("audio/wav");
        using var form = new MultipartFormDataContent
        {
            { new StringContent("Benchmark"), "title" },
            { new StringContent(siro.UserId), "userId" },
            { part, "file", "call.wav" },
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(gateway, "/v1/uploads")) { Content = form };
        request.Headers.Add("X-Api-Key", GatewaySettings.ApiKey);
        using var answer = await SendAsync(request);
    }

    private async Task ByHandAsync()
    {
        using var signing = await SendAsync(Post("/v1/core/recordings/signed-urls", new { fileType = "wav", fileSize = file.Length }));
        using var signed = await JsonDocument.ParseAsync(await signing.Content.ReadAsStreamAsync());
        var data = signed.RootElement.GetProperty("data");
        using var put = new HttpRequestMessage(
            HttpMethod.Put, data.GetProperty("uploadUrl").GetString()) { Content = new ByteArrayContent(file) };
        foreach (var header in data.GetProperty("uploadHeaders").EnumerateObject())
        {
            if (!put.Headers.TryAddWithoutValidation(header.Name, header.Value.GetString()))
            {
                put.Content.Headers.TryAddWithoutValidation(header.Name, header.Value.GetString());
            }
        }

        using var stored = await SendAsync(put);
        using var created = await SendAsync(Post("/v1/core/recordings/upload", new
        {
            fileUrl = data.GetProperty("downloadUrl").GetString(),
            fileType = "wav",
            title = "Benchmark",
            userId = siro.UserId,
        }));
    }

    private HttpRequestMessage Post(string path, object body)
    {
        var request = new HttpRequestMessage(
            HttpMethod.Post, siro.Platform.ToString().TrimEnd('/') + path) { Content = JsonContent.Create(body) };
        request.Headers.Add("x-siro-auth-token", userToken);
        return request;
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request)
    {
        using (request)
        {
            var answer = await _client.SendAsync(request);
            return answer.IsSuccessStatusCode
                ? answer
                : throw new BenchmarkException(
                    $"{request.RequestUri}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        }
    }
}
