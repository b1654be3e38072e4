using System.Net;
using System.Text.Json;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.OperatorConsole;

/// <summary>The stream that tells open pages what has changed.</summary>
public sealed class LiveTests(WebhookFixture gateway) : WebhookTest(gateway)
{
    [Fact]
    public async Task A_reader_that_comes_back_to_another_replica_hears_what_changed_meanwhile()
    {
        string seen;
        await using (var tab = await LiveStream.OpenAsync(Admin))
        {
            seen = (await tab.NextAsync("overview")).Id;
        }

        await EmitAsync(SiroSender.Event(NewId("rec-")));
        await using var second = await Fixture.StartInProcessAsync();
        using var client = second.CreateClient();
        await using var again = await LiveStream.OpenAsync(client, seen);
        var changed = await again.NextAsync("changed");
        Assert.Contains("events", Topics(changed));
        Assert.NotEqual(seen, changed.Id);

        // Who was there all the time, or missed nothing, is not told of events.
        await using var knows = await LiveStream.OpenAsync(client, changed.Id);
        Assert.DoesNotContain("events", Topics(await knows.NextAsync("changed")));
    }

    [Fact]
    public async Task An_event_is_told_to_an_open_page()
    {
        await using var tab = await LiveStream.OpenAsync(Admin);
        await tab.NextAsync("overview");
        await EmitAsync(SiroSender.Event(NewId("rec-")));
        Assert.Contains("events", Topics(await tab.NextAsync("changed")));
    }

    [Fact]
    public async Task A_client_has_sixty_tabs_at_most_and_a_closed_one_makes_room()
    {
        var tabs = new List<LiveStream>();
        try
        {
            for (var i = 0; i < 60; i++)
            {
                tabs.Add(await LiveStream.OpenAsync(Writer));
            }

            using var refused = await Writer.GetAsync("/v1/live", HttpCompletionOption.ResponseHeadersRead, Cancel);
            Assert.NotNull(refused.Headers.RetryAfter);
            await ProblemAsync(refused, 503, "too_many_streams");

            // Another client has its own.
            await (await LiveStream.OpenAsync(Admin)).DisposeAsync();
            await tabs[0].DisposeAsync();
            tabs.RemoveAt(0);
            await Until.TrueAsync(
                async () =>
                {
                    using var next = await Writer.GetAsync("/v1/live", HttpCompletionOption.ResponseHeadersRead, Cancel);
                    return next.StatusCode == HttpStatusCode.OK;
                },
                "there is room for a tab");
        }
        finally
        {
            foreach (var tab in tabs)
            {
                await tab.DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task A_session_that_is_signed_out_elsewhere_hears_no_more()
    {
        using var client = await ConsoleSession.BeginAsync(Fixture.Gateway, GatewaySettings.AdminKey);
        await using var tab = await LiveStream.OpenAsync(client);
        await tab.NextAsync("overview");

        using var signedOut = await client.DeleteAsync("/v1/session", Cancel);

        Assert.Equal(HttpStatusCode.NoContent, signedOut.StatusCode);
        await tab.EndAsync();
    }

    private static string[] Topics(LiveEvent changed) =>
        [.. changed.Data.GetProperty("topics").EnumerateArray().Select(t => t.GetString()!)];

    private sealed record LiveEvent(string Name, string Id, JsonElement Data);

    private sealed class LiveStream(HttpResponseMessage response, StreamReader reader) : IAsyncDisposable
    {
        public static async Task<LiveStream> OpenAsync(HttpClient client, string? last = null)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/live");
            if (last is not null)
            {
                request.Headers.TryAddWithoutValidation("Last-Event-ID", last);
            }

            var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            return new LiveStream(response, new StreamReader(await response.Content.ReadAsStreamAsync(Cancel)));
        }

        /// <summary>The next event of this name.</summary>
        public async Task<LiveEvent> NextAsync(string name)
        {
            var (id, kind) = ("", "");
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
            patience.CancelAfter(TimeSpan.FromSeconds(30));
            while (await reader.ReadLineAsync(patience.Token) is { } line)
            {
                (id, kind) = (line.StartsWith("id: ", StringComparison.Ordinal) ? line[4..] : id,
                    line.StartsWith("event: ", StringComparison.Ordinal) ? line[7..] : kind);
                if (kind == name && line.StartsWith("data: ", StringComparison.Ordinal))
                {
                    return new LiveEvent(kind, id, JsonSerializer.Deserialize<JsonElement>(line[6..]));
                }
            }

            throw new InvalidOperationException($"The stream ended without '{name}'.");
        }

        /// <summary>Waits for its end.</summary>
        public async Task EndAsync()
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
            patience.CancelAfter(TimeSpan.FromSeconds(30));
            while (await reader.ReadLineAsync(patience.Token) is not null)
            {
            }
        }

        public ValueTask DisposeAsync()
        {
            reader.Dispose();
            response.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
