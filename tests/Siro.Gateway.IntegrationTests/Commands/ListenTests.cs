using System.Text.Json;
using Siro.Emulator.Webhooks;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Commands;

/// <summary><c>siro-gateway listen</c> as a process beside a gateway that is a process, too.</summary>
public sealed class ListenTests(CommandFixture gateway) : IClassFixture<CommandFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Events_reach_the_application_signed_and_once_through_a_kill_of_the_gateway_and_no_subscription_stays()
    {
        var running = await gateway.RunningAsync();
        var type = Unique("kill.");
        gateway.Applications.Behave(type, async (context, received) =>
        {
            context.Response.StatusCode = received.Text.Contains("broken", StringComparison.Ordinal) ? 500 : 204;
            if (context.Response.StatusCode == 500)
            {
                await context.Response.Body.WriteAsync("it broke"u8.ToArray(), Cancel);
            }
        });
        await using var listen = gateway.Run(
            "listen", gateway.Applications.Url(type), "--events", type, "--filter", """{"wanted":true}""", "--json");
        var begun = await EntryAsync(listen, "listening");
        var secret = begun.GetProperty("secret").GetString()!;

        var first = await EmitAsync(running, type, ""","wanted":true""");
        await EmitAsync(running, type, ""","wanted":false""");
        var broken = await EmitAsync(running, type, ""","wanted":true,"text":"broken" """);
        var shown = await EntryAsync(listen, "forwarded", broken);
        Assert.Equal((500, "it broke"), (shown.GetProperty("status").GetInt32(), shown.GetProperty("said").GetString()));
        var received = gateway.Applications.At(type).First();
        Assert.Equal(first, received.Id);
        Assert.All(new[] { "webhook-", "svix-" }, prefix => Assert.True(SvixSignature.Verify(
            secret, received.Headers[prefix + "id"].ToString(), received.Headers[prefix + "timestamp"].ToString(), received.Body,
            received.Headers[prefix + "signature"].ToString())));
        Assert.Contains(await ListeningAsync(running), s => s == begun.GetProperty("subscription").GetString());

        await running.KillAsync();
        await EntryAsync(listen, "away");
        running = await gateway.RunningAsync();
        var later = await EmitAsync(running, type, ""","wanted":true""");
        Assert.Equal(0, (await EntryAsync(listen, "back")).GetProperty("skipped").GetInt32());
        await EntryAsync(listen, "forwarded", later);
        Assert.Equal([first, broken, later], gateway.Applications.At(type).Select(r => r.Id));

        listen.Terminate();
        Assert.Equal(0, await listen.WaitForExitAsync(TimeSpan.FromSeconds(30)));
        var ended = await EntryAsync(listen, "ended");
        Assert.True(ended.GetProperty("removed").GetBoolean());
        Assert.Equal((2, 1, 0),
            (ended.GetProperty("accepted").GetInt32(), ended.GetProperty("refused").GetInt32(), ended.GetProperty("skipped").GetInt32()));
        Assert.Equal(broken, ended.GetProperty("missed")[0].GetString());
        Assert.DoesNotContain(await ListeningAsync(running), s => s == begun.GetProperty("subscription").GetString());
        Assert.Single(listen.Output, l => l.Contains(secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_begins_in_the_past_where_asked_and_says_what_it_skipped_because_nothing_listened()
    {
        var running = await gateway.RunningAsync();
        var type = Unique("past.");
        var past = await EmitAsync(running, type);
        await using var listen = gateway.Run(
            "listen", $"http://127.0.0.1:{FreePort.Take(1)[0]}/hooks", "--events", type, "--replay-from", "10m");
        await listen.LineAsync("Beginning with 1 event(s)");
        await listen.LineAsync($"{past}  skipped: nothing listens at 127.0.0.1:");
        listen.Terminate();

        Assert.Equal(0, await listen.WaitForExitAsync(TimeSpan.FromSeconds(30)));
        Assert.Contains("0 accepted, 0 refused by the application, 1 skipped.", string.Join('\n', listen.Output), StringComparison.Ordinal);
        Assert.Contains($"Not accepted: {past}. Again: --replay-from ", string.Join('\n', listen.Output), StringComparison.Ordinal);

        // In a pipe there are no colours.
        Assert.DoesNotContain(listen.Output, l => l.Contains('\u001b', StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_a_killed_one_left_behind_the_next_one_removes()
    {
        var running = await gateway.RunningAsync();
        await using var killed = gateway.Run("listen", gateway.Applications.Url("killed"), "--json");
        var left = (await EntryAsync(killed, "listening")).GetProperty("subscription").GetString()!;
        await killed.KillAsync();
        Assert.Contains(left, await ListeningAsync(running));

        await using var next = gateway.Run("listen", gateway.Applications.Url("killed"), "--json");
        await EntryAsync(next, "listening");
        Assert.DoesNotContain(left, await ListeningAsync(running));
        Assert.Contains(next.Output, l => l.Contains($"Removed {left}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_subscription_that_somebody_removed_is_made_again_and_no_event_is_lost_over_it()
    {
        var running = await gateway.RunningAsync();
        var type = Unique("removed.");
        await using var listen = gateway.Run("listen", gateway.Applications.Url(type), "--events", type, "--json");
        var subscription = (await EntryAsync(listen, "listening")).GetProperty("subscription").GetString()!;
        var first = await EmitAsync(running, type);
        await EntryAsync(listen, "forwarded", first);

        using var writer = running.CreateClient(GatewaySettings.WriterKey);
        Assert.True((await writer.DeleteAsync($"/v1/subscriptions/{subscription}", Cancel)).IsSuccessStatusCode);
        var second = await EmitAsync(running, type);
        Assert.NotEqual(subscription, (await EntryAsync(listen, "back")).GetProperty("subscription").GetString());
        await EntryAsync(listen, "forwarded", second);
        Assert.Equal([first, second], gateway.Applications.At(type).Select(r => r.Id));
    }

    [Theory]
    [InlineData(1, "is another machine", "http://example.com/hooks")]
    [InlineData(1, "--filter is no JSON", "5050", "--filter", "{")]
    [InlineData(2, "[invalid_subscription]", "5050", "--filter", """{"a":{"$like":1}}""")]
    [InlineData(1, "--replay-from tomorrow: give a moment in the past", "5050", "--replay-from", "tomorrow")]
    [InlineData(1, "--secret must be whsec_", "5050", "--secret", "short")]
    [InlineData(1, "Did you mean --events?", "5050", "--event", "x")]
    public async Task A_wrong_wish_is_told_and_leaves_nothing_behind(int exitCode, string said, params string[] arguments)
    {
        var running = await gateway.RunningAsync();
        var before = await ListeningAsync(running);
        await using var listen = gateway.Run(["listen", .. arguments]);
        Assert.Equal(exitCode, await listen.WaitForExitAsync(TimeSpan.FromSeconds(30)));
        Assert.Contains(said, string.Join('\n', listen.Output), StringComparison.Ordinal);
        Assert.Empty((await ListeningAsync(running)).Except(before, StringComparer.Ordinal));
    }

    private static string Unique(string prefix) => prefix + Guid.CreateVersion7().ToString("N");

    private static async Task<string> EmitAsync(GatewayProcess gateway, string type, string more = "")
    {
        using var anyone = gateway.CreateClient(apiKey: null);
        var id = Unique("msg_");
        using var answer = await anyone.PostWebhookAsync(id, $$"""{"eventType":"{{type}}"{{more}}}""");
        answer.EnsureSuccessStatusCode();
        return id;
    }

    /// <summary>The line of this kind, of this event where one is named.</summary>
    private static async Task<JsonElement> EntryAsync(ProcessHandle listen, string kind, string? id = null) =>
        (await Until.GetAsync(
            () =>
            {
                var found = listen.Output.Where(l => l.StartsWith('{')).Select(l => JsonDocument.Parse(l)).FirstOrDefault(d =>
                    d.RootElement.GetProperty("type").GetString() == kind
                        && (id is null || d.RootElement.GetProperty("id").GetString() == id));
                return found is null && listen.HasExited
                    ? throw new InvalidOperationException($"listen ended with {listen.ExitCode}:\n{string.Join('\n', listen.Output)}")
                    : Task.FromResult(found);
            },
            $"listen prints '{kind}'; it printed:\n{string.Join('\n', listen.Output)}")).RootElement;

    /// <summary>Ids of the subscriptions that a 'listen' made.</summary>
    private static async Task<IReadOnlyList<string>> ListeningAsync(GatewayProcess gateway)
    {
        using var admin = gateway.CreateClient();
        var all = JsonDocument.Parse(await admin.GetStringAsync("/v1/subscriptions", Cancel)).RootElement.GetProperty("data");
        return [.. all.EnumerateArray()
            .Where(s =>
                s.TryGetProperty("description", out var text)
                    && text.GetString()?.StartsWith("siro-gateway listen", StringComparison.Ordinal) == true)
            .Select(s => s.GetProperty("id").GetString()!)];
    }
}
