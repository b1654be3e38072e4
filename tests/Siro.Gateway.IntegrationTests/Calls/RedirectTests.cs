using System.IO.Compression;
using Microsoft.AspNetCore.Http;
using Siro.Gateway.Calls.Fetching;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Calls;

/// <summary>Recordings that lie behind redirects, and recordings that come compressed although nobody asked.</summary>
public sealed class RedirectTests(RedirectTests.Fixture gateway) : IClassFixture<RedirectTests.Fixture>
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;
    private static int _number;

    private readonly string _name = $"redirect-{Interlocked.Increment(ref _number)}";

    [Theory]
    [InlineData(301, 1)]
    [InlineData(302, 2)]
    [InlineData(303, 3)]
    [InlineData(307, 1)]
    [InlineData(308, 3)]
    public async Task Up_to_three_redirects_are_followed(int status, int hops)
    {
        await using var provider = await Listener.StartAsync("127.0.0.1");
        provider.Behaviour = context =>
            Hop(context) is var hop && hop < hops ? Redirect(context, $"call.mp3?hop={hop + 1}", status) : Audio(context);
        using var client = gateway.CreateClient(GatewaySettings.WriterKey);

        await client.CallAsync(await client.PostCallAsync(_name, new Uri(provider.Address, "/call.mp3")), "created");

        Assert.Equal(hops + 1, provider.Requests.Count);
        Assert.Single(gateway.Emulator.State.Recordings.All, r => r.Title == _name);
    }

    public static TheoryData<string, string?, string, int> Astray => new()
    {
        { "a fourth", "/call.mp3?hop={next}", "too_many_redirects", 4 },
        { "to itself", "/call.mp3", "redirect_loop", 1 },
        { "nowhere", null, "redirect_refused", 1 },
        { "to an empty address", "", "redirect_refused", 1 },
        { "to a file", "file:///etc/passwd", "redirect_refused", 1 },
        { "to ftp", "ftp://127.0.0.1/call.mp3", "redirect_refused", 1 },
        { "with a password", "http://user:pass@127.0.0.1/call.mp3", "redirect_refused", 1 },
        { "to another loopback address", "http://127.0.0.2/call.mp3", "address_forbidden", 1 },
        { "to the metadata service", "http://169.254.169.254/latest/meta-data", "address_forbidden", 1 },
        { "to the metadata service in decimal", "http://2852039166/latest/meta-data", "address_forbidden", 1 },
        { "to a private address", "//10.0.0.1/call.mp3", "address_forbidden", 1 },
        { "to this machine by name", "http://[::1]/call.mp3", "address_forbidden", 1 },
    };

    [Theory]
    [MemberData(nameof(Astray))]
    public async Task A_redirect_that_leads_astray_ends_the_call_with_its_reason(string what, string? location, string code, int asked)
    {
        await using var provider = await Listener.StartAsync("127.0.0.1");
        provider.Behaviour = context =>
            Redirect(context, location?.Replace("{next}", $"{Hop(context) + 1}", StringComparison.Ordinal), 302);
        using var client = gateway.CreateClient(GatewaySettings.WriterKey);

        var view = await client.CallAsync(await client.PostCallAsync(_name, new Uri(provider.Address, "/call.mp3")), "failed");

        Assert.True(view.ErrorCode() == code, $"{what}: {view}");
        Assert.Equal(asked, provider.Requests.Count);
    }

    [Fact]
    public async Task A_credential_stays_with_the_origin_that_was_asked_first()
    {
        await using var elsewhere = await Listener.StartAsync("127.0.0.1");
        gateway.Own.Behaviour = context => Hop(context) switch
        {
            0 => Redirect(context, "/call.mp3?hop=1", 302),
            1 => Redirect(context, new Uri(elsewhere.Address, "/storage.mp3").AbsoluteUri, 302),
            _ => Audio(context),
        };
        elsewhere.Behaviour = context => Redirect(context, new Uri(gateway.Own.Address, "/call.mp3?hop=2").AbsoluteUri, 302);
        using var client = gateway.CreateClient(GatewaySettings.WriterKey);
        var before = gateway.Own.Requests.Count;

        await client.CallAsync(await client.PostCallAsync(_name, new Uri(gateway.Own.Address, "/call.mp3")), "created");

        Assert.Equal(
            ["Bearer own-token", "Bearer own-token", ""], gateway.Own.Requests.Skip(before).Select(r => r["Authorization"].ToString()));
        Assert.Equal([""], elsewhere.Requests.Select(r => r["Authorization"].ToString()));
    }

    [Theory]
    [InlineData("https://a.example/x", "http://a.example/x", null)]
    [InlineData("https://a.example/x", "https://b.example/y#part", "https://b.example/y")]
    [InlineData("https://a.example/x", "y?q=1", "https://a.example/y?q=1")]
    [InlineData("https://a.example/x", "//b.example/y", "https://b.example/y")]
    [InlineData("http://a.example/x", "https://a.example/x", "https://a.example/x")]
    [InlineData("http://a.example/x", "http://b.example/x", "http://b.example/x")]
    [InlineData("http://a.example/x", "javascript:alert(1)", null)]
    [InlineData("http://a.example/x", "data:audio/mpeg,x", null)]
    public void Tls_is_never_left(string from, string location, string? to)
    {
        using var response = new HttpResponseMessage(System.Net.HttpStatusCode.Found);
        response.Headers.TryAddWithoutValidation("Location", location);

        Assert.Equal(to, RecordingFetch.Next(new Uri(from), response)?.AbsoluteUri);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    public async Task A_recording_that_comes_compressed_is_decoded(string encoding)
    {
        await using var provider = await Listener.StartAsync("127.0.0.1");
        provider.Behaviour = context => Encoded(context, encoding, CallWords.Audio);
        using var client = gateway.CreateClient(GatewaySettings.WriterKey);

        await client.CallAsync(await client.PostCallAsync(_name, new Uri(provider.Address, "/call.mp3")), "created");

        var made = Assert.Single(gateway.Emulator.State.Recordings.All, r => r.Title == _name);
        Assert.Equal(CallWords.Audio, gateway.Emulator.Objects.Find(made.ObjectName!)!.ReadAllBytes());
    }

    [Theory]
    [InlineData("gzip", "file_too_large")]
    [InlineData("br", "file_too_large")]
    [InlineData("zstd", "unsupported_encoding")]
    [InlineData("gzip, gzip", "unsupported_encoding")]
    public async Task A_bomb_and_an_unknown_encoding_are_refused(string encoding, string code)
    {
        await using var provider = await Listener.StartAsync("127.0.0.1");
        provider.Behaviour = context => Encoded(context, encoding, [.. CallWords.Audio, .. new byte[5_000_000]]);
        using var client = gateway.CreateClient(GatewaySettings.WriterKey);

        Assert.Equal(code,
            (await client.CallAsync(await client.PostCallAsync(_name, new Uri(provider.Address, "/call.mp3")), "failed")).ErrorCode());
    }

    private static int Hop(HttpContext context) =>
        int.Parse(context.Request.Query["hop"].FirstOrDefault() ?? "0", System.Globalization.CultureInfo.InvariantCulture);

    private static Task Redirect(HttpContext context, string? location, int status)
    {
        context.Response.StatusCode = status;
        if (location is not null)
        {
            context.Response.Headers.Location = location;
        }

        return Task.CompletedTask;
    }

    private static Task Audio(HttpContext context) => context.Response.Body.WriteAsync(CallWords.Audio).AsTask();

    private static async Task Encoded(HttpContext context, string encoding, byte[] bytes)
    {
        context.Response.Headers.ContentEncoding = encoding;
        using var encoded = new MemoryStream();
        await using (Stream encoder = encoding switch
        {
            "gzip" => new GZipStream(encoded, CompressionLevel.Fastest, leaveOpen: true),
            "br" => new BrotliStream(encoded, CompressionLevel.Fastest, leaveOpen: true),
            _ => new ZLibStream(encoded, CompressionLevel.Fastest, leaveOpen: true),
        })
        {
            await encoder.WriteAsync(bytes, Cancel);
        }

        context.Response.ContentLength = encoded.Length;
        await context.Response.Body.WriteAsync(encoded.ToArray(), Cancel);
    }

    public sealed class Fixture : GatewayFixture, IAsyncLifetime
    {
        internal Listener Own { get; private set; } = null!;

        public new async ValueTask InitializeAsync()
        {
            Own = await Listener.StartAsync("127.0.0.1");
            await base.InitializeAsync();
        }

        public new async ValueTask DisposeAsync()
        {
            await base.DisposeAsync();
            await Own.DisposeAsync();
        }

        protected override Task ConfigureAsync(Dictionary<string, string?> settings)
        {
            settings["Calls:AllowedNetworks:0"] = "127.0.0.1/32";
            settings["Calls:RetrySchedule:0"] = "00:00:00.2";
            settings["Uploads:MaxBytes"] = "1000000";
            settings.MappedSource("own");
            settings["Calls:Sources:own:Auth:Type"] = "bearer";
            settings["Calls:Sources:own:Auth:Value"] = "own-token";
            settings["Calls:Sources:own:Hosts:0"] = Own.Address.Authority;
            return Task.CompletedTask;
        }
    }
}
