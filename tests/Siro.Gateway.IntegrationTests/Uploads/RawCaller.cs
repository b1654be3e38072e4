using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Uploads;

/// <summary>A caller that writes its bytes itself, so that it can be slow, wrong, or gone.</summary>
internal sealed class RawCaller : IAsyncDisposable
{
    public const string Boundary = "the-boundary";

    private readonly TcpClient _tcp = new() { NoDelay = true, LingerState = new LingerOption(true, 0) };
    private NetworkStream _stream = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<RawCaller> ConnectAsync(Uri gateway)
    {
        var caller = new RawCaller();
        await caller._tcp.ConnectAsync(gateway.Host, gateway.Port, Cancel);
        caller._stream = caller._tcp.GetStream();
        return caller;
    }

    /// <summary>A whole part, from its boundary to the end of its body.</summary>
    public static byte[] Part(string name, byte[] body, string? fileName = null, string? more = null) =>
        [.. Encoding.UTF8.GetBytes($"--{Boundary}\r\nContent-Disposition: form-data; "
            + $"name=\"{name}\"{(fileName is null ? "" : $"; filename=\"{fileName}\"")}\r\n{more}\r\n"), .. body, .. "\r\n"u8];

    public static byte[] Part(string name, string value) => Part(name, Encoding.UTF8.GetBytes(value));

    public static byte[] End { get; } = Encoding.ASCII.GetBytes($"--{Boundary}--\r\n");

    /// <param name="length">The declared length; null sends the body in chunks, which the test writes itself.</param>
    public Task SendHeadAsync(
        long? length, string? key = null, string? contentType = null, string apiKey = GatewaySettings.AdminKey, string? more = null) =>
        SendAsync(Encoding.Latin1.GetBytes(
            $"POST /v1/uploads HTTP/1.1\r\nHost: gateway\r\nX-Api-Key: {apiKey}\r\nContent-Type: "
                + $"{contentType ?? "multipart/form-data; boundary=" + Boundary}\r\nConnection: close\r\n"
            + (length is null ? "Transfer-Encoding: chunked\r\n" : $"Content-Length: {length}\r\n")
            + (key is null ? "" : $"Idempotency-Key: {key}\r\n") + more + "\r\n"));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes) => await _stream.WriteAsync(bytes, Cancel);

    public async Task SendChunkAsync(ReadOnlyMemory<byte> bytes)
    {
        await SendAsync(Encoding.ASCII.GetBytes(bytes.Length.ToString("x", CultureInfo.InvariantCulture) + "\r\n"));
        await SendAsync(bytes);
        await SendAsync("\r\n"u8.ToArray());
    }

    /// <summary>Sends what may be refused before its end: the answer is what counts.</summary>
    public async Task TrySendAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await SendAsync(bytes);
        }
        catch (IOException)
        {
            return;
        }
    }

    /// <summary>The status and the JSON of the answer; status 0 when the connection ended without one.</summary>
    public async Task<(int Status, JsonElement Body, string Head)> AnswerAsync()
    {
        using var all = new MemoryStream();
        try
        {
            await _stream.CopyToAsync(all, Cancel);
        }
        catch (IOException)
        {
            // Reset after the answer: what came counts.
            all.Flush();
        }

        var text = Encoding.UTF8.GetString(all.ToArray());
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (end < 0)
        {
            return (0, default, text);
        }

        var from = text.IndexOf('{', end);
        using var document = JsonDocument.Parse(from < 0 ? "{}" : text[from..(text.LastIndexOf('}') + 1)]);
        return (int.Parse(text.AsSpan(9, 3), CultureInfo.InvariantCulture), document.RootElement.Clone(), text[..end]);
    }

    /// <summary>Goes away at once.</summary>
    public ValueTask DisposeAsync()
    {
        _tcp.Dispose();
        return ValueTask.CompletedTask;
    }
}
