using System.Text.Json;
using Siro.Gateway.Benchmarks.Hosting;

namespace Siro.Gateway.Benchmarks.Uploads;

/// <summary>One file by curl: one POST to the gateway, or Siro's three steps by hand.</summary>
internal sealed class CurlUploads(Uri gateway, EmulatorRole.Facts siro, string userToken)
{
    public async Task<TimeSpan> ThroughGatewayAsync(string file, string? limitRate)
    {
        var (_, time) = await Curl.SendAsync(
            [
                "-H", $"X-Api-Key: {GatewaySettings.ApiKey}", "-F", "title=Benchmark", "-F", $"userId={siro.UserId}",
                "-F", $"file=@{file};type=audio/wav", new Uri(gateway, "/v1/uploads").ToString(),
            ],
            limitRate);
        return time;
    }

    /// <param name="storage">Where the PUT goes to, if not to where it was signed for.</param>
    public async Task<TimeSpan> ByHandAsync(string file, string? limitRate, Uri? storage = null)
    {
        var (signed, first) = await PostAsync(
            "/v1/core/recordings/signed-urls", new { fileType = "wav", fileSize = new FileInfo(file).Length });
        using var answer = JsonDocument.Parse(signed);
        var data = answer.RootElement.GetProperty("data");
        var headers = data.GetProperty("uploadHeaders").EnumerateObject()
            .SelectMany(header => new[] { "-H", $"{header.Name}: {header.Value}" });
        var put = new Uri(data.GetProperty("uploadUrl").GetString()!);
        var (_, second) = await Curl.SendAsync(
            [.. headers, "-T", file, (storage is null ? put : new Uri(storage, put.PathAndQuery)).AbsoluteUri], limitRate);
        var (_, third) = await PostAsync("/v1/core/recordings/upload", new
        {
            fileUrl = data.GetProperty("downloadUrl").GetString(),
            fileType = "wav",
            title = "Benchmark",
            userId = siro.UserId,
        });
        return first + second + third;
    }

    private Task<(string Body, TimeSpan Time)> PostAsync(string path, object body) => Curl.SendAsync(
        ["-H", $"x-siro-auth-token: {userToken}", "-H", "Content-Type: application/json", "--data-binary", JsonSerializer.Serialize(body),
            siro.Platform.ToString().TrimEnd('/') + path],
        null);
}
