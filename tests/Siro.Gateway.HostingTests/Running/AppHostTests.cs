using System.Net;
using System.Text.Json;
using Aspire.Hosting.Testing;

namespace Siro.Gateway.HostingTests.Running;

/// <summary>One command starts everything, and the sample application does the gateway's three jobs.</summary>
[Collection(AppHostCollection.Name)]
public sealed class AppHostTests(AppHostFixture fixture)
{
    [Fact]
    public async Task A_proxied_call_answers_with_Siros_users() =>
        Assert.Contains("rep1@example.com", await fixture.Sample.RepsAsync(fixture.Bound));

    [Fact]
    public async Task An_uploaded_recording_comes_back_as_an_event_that_is_written_once()
    {
        await fixture.Sample.SyncAppointmentAsync("appt-1", "2026-01-15T10:00:00Z", fixture.Bound);

        var (recording, repeated) = await fixture.Sample.SendRecordingAsync("call-1", "2026-01-15T10:05:00Z", fixture.Bound);
        var again = await fixture.Sample.SendRecordingAsync("call-1", "2026-01-15T10:05:00Z", fixture.Bound);

        Assert.False(repeated);
        Assert.Equal((recording, true), again);
        Assert.Equal(1, await fixture.Sample.WrittenAsync(recording, fixture.Bound));
    }

    [Fact]
    public async Task The_dashboards_test_event_reaches_the_application()
    {
        var sent = await fixture.Application.ResourceCommands.ExecuteCommandAsync("gateway", "send-test-event", fixture.Bound);

        Assert.True(sent.Success, sent.Message);
        var recording = sent.Message!.Split("recording ")[1].TrimEnd(')', '.');
        Assert.Equal(1, await fixture.Sample.WrittenAsync(recording, fixture.Bound));
    }

    [Fact]
    public async Task A_key_made_in_the_dashboard_opens_the_gateway_without_a_restart()
    {
        var made = await ExecuteAsync("create-api-key", ("client", "crm"));
        Assert.True(made.Success, made.Message);

        using var gateway = fixture.Application.CreateHttpClient("gateway", "http");
        gateway.DefaultRequestHeaders.Add("X-Api-Key", made.Data!.Value);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        string me;
        do
        {
            using var answer = await gateway.GetAsync("/v1/me", fixture.Bound);
            me = answer.StatusCode == HttpStatusCode.OK ? await answer.Content.ReadAsStringAsync(fixture.Bound) : "";
        }
        while (me.Length == 0 && await timer.WaitForNextTickAsync(fixture.Bound));

        Assert.Equal("crm", JsonDocument.Parse(me).RootElement.GetProperty("client").GetString());
    }

    [Fact]
    public async Task A_key_of_an_unknown_client_is_refused_with_the_clients_that_exist()
    {
        var refused = await ExecuteAsync("create-api-key", ("client", "cmr"));

        Assert.False(refused.Success);
        Assert.Contains("There is no client 'cmr'. Choose crm.", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_dashboard_leads_to_the_console()
    {
        var console = await ExecuteAsync("open-console");

        Assert.True(console.Success, console.Message);
        Assert.Contains("/console", console.Data!.Value, StringComparison.Ordinal);
    }

    private Task<ExecuteCommandResult> ExecuteAsync(string command, params (string Name, string Value)[] arguments) =>
        fixture.Application.ResourceCommands.ExecuteCommandAsync(
            "gateway", command, new InteractionInputCollection([.. arguments.Select(
                a => new InteractionInput { Name = a.Name, InputType = InputType.Text, Value = a.Value })]), fixture.Bound);
}
