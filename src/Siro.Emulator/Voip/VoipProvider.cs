using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Siro.Emulator.Hosting;

namespace Siro.Emulator.Voip;

/// <summary>A telephone company: its recordings and its calls.</summary>
public sealed class VoipProvider
{
    private readonly ConcurrentDictionary<string, VoipRecording> _recordings = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<VoipCall> _calls = new();
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly EmulatorOptions _options;
    private readonly HostAddresses _addresses;

    internal VoipProvider(EmulatorOptions options, HostAddresses addresses)
    {
        _options = options;
        _addresses = addresses;
    }

    /// <summary>Wanted by the call lists and call details; null for none.</summary>
    public VoipAuth? ApiAuth { get; set; }

    /// <summary>Calls in the order in which they were added.</summary>
    public IReadOnlyList<VoipCall> Calls => [.. _calls];

    public VoipRecording? Recording(string id) => _recordings.GetValueOrDefault(id);

    /// <summary>Serves a recording; answers a URL that works now.</summary>
    public Uri Add(VoipRecording recording)
    {
        _recordings[recording.Id] = recording;
        return UrlOf(recording);
    }

    /// <summary>Puts a call on the lists.</summary>
    public void Add(VoipCall call) => _calls.Enqueue(call);

    /// <summary>A fresh URL, <c>.../recordings/{id}.{wav|mp3|aac}</c>, signed where it expires.</summary>
    public Uri UrlOf(VoipRecording recording)
    {
        var extension = recording.ContentType switch { "audio/wav" or "audio/x-wav" => "wav", "audio/aac" => "aac", _ => "mp3" };
        var url = $"{_addresses.Voip}recordings/{recording.Id}.{extension}";
        if (recording.UrlLifetime is not { } lifetime)
        {
            return new Uri(url);
        }

        var until = (_options.Time.GetUtcNow() + lifetime).ToUnixTimeMilliseconds();
        return new Uri(string.Create(CultureInfo.InvariantCulture, $"{url}?expires={until}&signature={Signature(recording.Id, until)}"));
    }

    internal void Map(RouteTable voip)
    {
        voip.Add("GET", "/recordings/{file}", x => new(Serve(x)));
        new CallLists(this, _options).Map(voip);
    }

    private Answer Serve(Exchange x)
    {
        var file = x["file"];
        var dot = file.LastIndexOf('.');
        if (Recording(dot < 0 ? file : file[..dot]) is not { } recording)
        {
            return Answer.Error(404, "No such recording");
        }

        if (recording.Auth is { } auth && x.Http.Request.Headers[auth.Header] != auth.Value)
        {
            return Answer.Error(401, "Unauthorized");
        }

        if (recording.UrlLifetime is not null && !InTime(x, recording))
        {
            return Answer.Text(403, "application/xml", "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>");
        }

        if (recording.Read() <= recording.NotReadyTimes)
        {
            return recording.NotReadyStatus == 200
                ? Answer.Empty(200)
                : Answer.Error(recording.NotReadyStatus, "The recording is not ready");
        }

        if (recording.RedirectTo is { } target)
        {
            return new Answer { Status = 302, Headers = [("Location", target.AbsoluteUri)] };
        }

        return recording.InsteadOfAudio is { } text
            ? Answer.Text(200, text.StartsWith('{') ? "application/json" : "text/html; charset=utf-8", text)
            : new Answer { Status = 200, ContentType = recording.ContentType, Write = http => WriteAsync(http, recording) };
    }

    private bool InTime(Exchange x, VoipRecording recording) =>
        long.TryParse(x.Query("expires"), NumberStyles.None, CultureInfo.InvariantCulture, out var until)
        && x.Query("signature") == Signature(recording.Id, until)
        && _options.Time.GetUtcNow().ToUnixTimeMilliseconds() < until;

    private string Signature(string id, long until) =>
        Convert.ToHexStringLower(
            HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}|{until}"))));

    private async Task WriteAsync(HttpContext http, VoipRecording recording)
    {
        if (!recording.UnknownLength)
        {
            http.Response.ContentLength = recording.Bytes.Length;
        }

        if (HttpMethods.IsHead(http.Request.Method))
        {
            return;
        }

        var step = recording.BytesPerSecond > 0 ? Math.Max(1, recording.BytesPerSecond / 10) : 64 * 1024;
        for (var at = 0; at < recording.Bytes.Length; at += step)
        {
            if (recording.CutAfter > 0 && at >= recording.CutAfter)
            {
                http.Abort();
                return;
            }

            await http.Response.Body.WriteAsync(
                recording.Bytes.AsMemory(at, Math.Min(step, recording.Bytes.Length - at)), http.RequestAborted);
            if (recording.BytesPerSecond > 0)
            {
                await http.Response.Body.FlushAsync(http.RequestAborted);
                await Task.Delay(TimeSpan.FromMilliseconds(100), _options.Time, http.RequestAborted);
            }
        }
    }
}
