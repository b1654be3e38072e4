using System.Text.Json;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Commands;

/// <summary><c>events tail</c>, <c>events show</c> and <c>replay</c> against a running gateway.</summary>
public sealed class EventCommandTests(CommandFixture gateway) : IClassFixture<CommandFixture>
{
    [Fact]
    public async Task The_tail_prints_what_is_there_and_then_what_comes_through_a_kill_of_the_gateway()
    {
        var running = await gateway.RunningAsync();
        var type = "tail." + Guid.CreateVersion7().ToString("N");
        var first = await EmitAsync(running, type);
        await using var tail = gateway.Run("events", "tail", "--type", type, "--since", "10m", "--json");
        await tail.LineAsync(first);
        await running.KillAsync();
        await tail.LineAsync("Trying again until it is back.");
        running = await gateway.RunningAsync();
        await tail.LineAsync("The gateway is back; nothing was skipped.");
        var second = await EmitAsync(running, type);
        await tail.LineAsync(second);
        tail.Terminate();

        Assert.Equal(0, await tail.WaitForExitAsync(TimeSpan.FromSeconds(20)));
        Assert.Equal([first, second],
            tail.Output.Where(l => l.StartsWith('{')).Select(l => JsonDocument.Parse(l).RootElement.GetProperty("id").GetString()));
    }

    [Fact]
    public async Task An_event_is_shown_with_its_payload()
    {
        var id = await EmitAsync(await gateway.RunningAsync(), "shown.x");
        var (code, output) = await RunAsync("events", "show", id);
        Assert.True(code == 0, output);
        Assert.Contains("shown.x", output, StringComparison.Ordinal);
        Assert.Contains("\"eventType\": \"shown.x\"", output, StringComparison.Ordinal);

        (code, output) = await RunAsync("events", "show", "msg_none");
        Assert.Equal(2, code);
        Assert.Contains("[event_not_found]", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_replay_is_counted_before_it_is_carried_out()
    {
        var running = await gateway.RunningAsync();
        var type = "replay." + Guid.CreateVersion7().ToString("N");
        using var writer = running.CreateClient(GatewaySettings.WriterKey);
        using var made = await writer.PostAsync(
            "/v1/subscriptions",
            new StringContent(
                $$"""{"url":"{{gateway.Applications.Url(type)}}","events":["{{type}}"]}""", System.Text.Encoding.UTF8, "application/json"),
            TestContext.Current.CancellationToken);
        var subscription = JsonDocument.Parse(await made.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement
            .GetProperty("id").GetString()!;
        var id = await EmitAsync(running, type);
        await Until.TrueAsync(() => gateway.Applications.At(type).Count == 1, "it is delivered");
        await Until.TrueAsync(async () => (await RunAsync("replay", subscription, "--status", "delivered", "--preview")).Output.StartsWith(
            "1 event(s) would be sent again", StringComparison.Ordinal), "the preview counts it");
        Assert.Single(gateway.Applications.At(type));

        var (code, output) = await RunAsync("replay", subscription, "--since", "10m", "--json");
        Assert.True(code == 0, output);
        Assert.Equal(1, JsonDocument.Parse(output).RootElement.GetProperty("count").GetInt32());
        await Until.TrueAsync(() => gateway.Applications.At(type).Count == 2, "it is delivered again");
        Assert.All(gateway.Applications.At(type), r => Assert.Equal(id, r.Id));
    }

    [Fact]
    public async Task A_gateway_that_is_not_there_is_exit_code_3()
    {
        var (code, output) = await RunAsync("replay", "x", "--gateway", $"http://127.0.0.1:{FreePort.Take(1)[0]}");
        Assert.Equal(3, code);
        Assert.Contains("can't be reached", output, StringComparison.Ordinal);
    }

    private static async Task<string> EmitAsync(GatewayProcess gateway, string type)
    {
        using var anyone = gateway.CreateClient(apiKey: null);
        var id = "msg_" + Guid.CreateVersion7().ToString("N");
        using var answer = await anyone.PostWebhookAsync(id, $$"""{"eventType":"{{type}}"}""");
        answer.EnsureSuccessStatusCode();
        return id;
    }

    private async Task<(int Code, string Output)> RunAsync(params string[] arguments)
    {
        await using var process = gateway.Run(arguments);
        var code = await process.WaitForExitAsync(TimeSpan.FromSeconds(30));
        return (code, string.Join('\n', process.OutputThenErrors));
    }
}
