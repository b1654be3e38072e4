using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.IntegrationTests.Snippets;

namespace Siro.Gateway.IntegrationTests.Attacks.Refusals;

/// <summary>The clients that callers have: Node's two, Python's two, .NET's and curl, each as its users write it.</summary>
internal static class RefusalClients
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public static IReadOnlyList<string> All { get; } = ["fetch", "node:http", "urllib", "http.client", "HttpClient", "curl"];

    /// <summary>Node's fetch refuses to send the header.</summary>
    public static bool CanExpect(string client) => client != "fetch";

    public static async Task<IReadOnlyList<RefusalAnswer>> SendAsync(string client, RefusalRequest[] requests) => client switch
    {
        "fetch" or "node:http" => await RunAsync(Tool.Require("node", "nodejs"), "refusals.mjs", requests),
        "urllib" or "http.client" => await RunAsync(Tool.Require("python3", "python3"), "refusals.py", requests),
        "curl" => await ByTurnsAsync(requests, CurlAsync),
        _ => await ByTurnsAsync(requests, DotnetAsync),
    };

    private static async Task<RefusalAnswer[]> RunAsync(string program, string script, RefusalRequest[] requests)
    {
        using var directory = new TemporaryDirectory();
        var file = Path.Combine(directory.Path, "requests.json");
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(requests, Json));
        var path = Path.Combine(Snippet.Root, "tests", "Siro.Gateway.IntegrationTests", "Attacks", "Refusals", script);
        var (exit, output) = await Tool.RunAsync(program, [path, file]);
        Assert.True(exit == 0, output);
        return JsonSerializer.Deserialize<RefusalAnswer[]>(output, Json)!;
    }

    /// <summary>The slow ones side by side, the others one after another.</summary>
    private static async Task<IReadOnlyList<RefusalAnswer>> ByTurnsAsync(
        RefusalRequest[] requests, Func<RefusalRequest, Task<RefusalAnswer>> send)
    {
        List<RefusalAnswer> answers = [.. await Task.WhenAll(requests.Where(r => r.Rate > 0).Select(send))];
        foreach (var request in requests.Where(r => r.Rate == 0))
        {
            answers.Add(await send(request));
        }

        return answers;
    }

    private static async Task<RefusalAnswer> CurlAsync(RefusalRequest request)
    {
        using var directory = new TemporaryDirectory();
        var (body, answer) = (Path.Combine(directory.Path, "body"), Path.Combine(directory.Path, "answer"));
        await File.WriteAllBytesAsync(body, BodyOf(request));
        List<string> arguments =
        [
            "--silent", "--show-error", "--noproxy", "*", "--max-time", "60", "--request", request.Method, "--data-binary", "@" + body,
            "--output", answer, "--write-out", "%{http_code}", request.Url,
        ];

        // curl asks first by itself when a body is large.
        foreach (var (name, value) in request.Headers.ContainsKey("Expect") ? request.Headers : request.Headers.Append(new("Expect", "")))
        {
            arguments.AddRange(["--header", $"{name}: {value}"]);
        }

        if (request.Rate > 0)
        {
            arguments.AddRange(["--limit-rate", request.Rate.ToString(CultureInfo.InvariantCulture)]);
        }

        var (exit, output) = await Tool.RunAsync(Tool.Require("curl", "curl"), arguments);
        return exit == 0
            ? new RefusalAnswer(request.Id, int.Parse(output, CultureInfo.InvariantCulture), await File.ReadAllTextAsync(answer))
            : new RefusalAnswer(request.Id, 0, $"exit {exit}: {output}");
    }

    private static async Task<RefusalAnswer> DotnetAsync(RefusalRequest request)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(60) };
        using var message = new HttpRequestMessage(new HttpMethod(request.Method), request.Url);
        message.Content = request.Rate > 0 ? new SlowContent(BodyOf(request), request.Rate) : new ByteArrayContent(BodyOf(request));
        foreach (var (name, value) in request.Headers)
        {
            Assert.True(
                message.Headers.TryAddWithoutValidation(name, value) || message.Content.Headers.TryAddWithoutValidation(name, value));
        }

        try
        {
            using var response = await client.SendAsync(message, TestContext.Current.CancellationToken);
            return new RefusalAnswer(request.Id, (int)response.StatusCode, await response.Content.ReadAsStringAsync());
        }
        catch (HttpRequestException e)
        {
            return new RefusalAnswer(request.Id, 0, e.ToString());
        }
    }

    private static byte[] BodyOf(RefusalRequest request)
    {
        var body = new byte[request.Bytes];
        Encoding.Latin1.GetBytes(request.Prefix, body);
        return body;
    }

    /// <summary>A body whose length is known and which takes its time, as one from a slow source or over a slow line.</summary>
    private sealed class SlowContent(byte[] body, int rate) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            var step = rate / 20;
            for (var at = 0; at < body.Length; at += step)
            {
                await stream.WriteAsync(body.AsMemory(at, Math.Min(step, body.Length - at)));
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = body.Length;
            return true;
        }
    }
}
