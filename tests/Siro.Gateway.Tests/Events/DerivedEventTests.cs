using System.Text;
using System.Text.Json;
using Siro.Gateway.Common;
using Siro.Gateway.Deliveries;
using Siro.Gateway.Events;
using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.Tests.Events;

public class DerivedEventTests
{
    private static readonly OrganizationKey Acme = new("acme");

    private static DerivedEvent Ready(EventSource source, string recording = "rec-1", string organization = "acme") =>
        DerivedEvent.OfRecording(
        new OrganizationKey(organization),
        EventTypes.RecordingReady,
        recording,
        new RecordingState(true, true) { SiroUserId = "u1", Crm = Payload.Parse("""{"integrationConnectionId":"c1"}"""u8.ToArray()) },
        source);

    [Fact]
    public void The_id_is_the_same_whoever_makes_it()
    {
        Assert.Equal(Ready(EventSource.Webhook).Id, Ready(EventSource.Reconciliation).Id);
        Assert.NotEqual(Ready(EventSource.Webhook).Id, Ready(EventSource.Webhook, "rec-2").Id);
        Assert.NotEqual(Ready(EventSource.Webhook).Id, Ready(EventSource.Webhook, organization: "other").Id);
        Assert.Matches("^evt_[A-Za-z0-9_-]{24}$", Ready(EventSource.Webhook).Id);
    }

    [Fact]
    public void The_body_has_the_shape_of_siros_own() => Assert.Equal(
        """{"recordingId":"rec-1","siroUserId":"u1","recordingProcessed":true,"recordingLinked":true,"eventType":"recording.ready","crm":{"integrationConnectionId":"c1"},"source":"webhook"}""",
        Encoding.UTF8.GetString(Ready(EventSource.Webhook).Body));

    [Fact]
    public void What_was_enriched_stands_under_recording()
    {
        using var json = JsonDocument.Parse(DerivedEvent.Enriched(Ready(EventSource.Webhook).Body, j => j.WriteString("summary", "s")));
        Assert.Equal("s", json.RootElement.GetProperty("recording").GetProperty("summary").GetString());
        Assert.Equal("rec-1", json.RootElement.GetProperty("recordingId").GetString());
    }

    [Fact]
    public void A_disabled_subscriptions_event_is_that_of_one_time() => Assert.NotEqual(
        DerivedEvent.OfDisabled(Acme, "sub_1", 1, "client", "failing", null).Id,
        DerivedEvent.OfDisabled(Acme, "sub_1", 2, "client", "failing", null).Id);

    [Theory]
    [InlineData("msg_1.sub_2", "msg_1", "sub_2")]
    [InlineData("a.b.sub_2", "a.b", "sub_2")]
    [InlineData("msg_1", null, null)]
    [InlineData(".sub", null, null)]
    [InlineData("msg_1.", null, null)]
    public void A_deliverys_id_is_taken_apart_at_its_last_dot(string text, string? e, string? subscription)
    {
        var id = DeliveryId.Parse(text);
        Assert.Equal(e, id?.EventId);
        Assert.Equal(subscription, id?.Subscription.Value);
        if (id is { } parsed)
        {
            Assert.Equal(text, parsed.ToString());
        }
    }

    [Fact]
    public void An_answer_is_kept_short_and_without_control_characters()
    {
        Assert.Equal(@"a\u001b[31m\u000ab", Attempt.Escape("a\u001b[31m\nb"u8));
        Assert.Equal(4096, Attempt.Escape(new byte[5000].Select(_ => (byte)'x').ToArray()).Length);
    }

    [Fact]
    public void Only_the_last_attempts_are_kept()
    {
        string? json = null;
        for (var i = 0; i < 30; i++)
        {
            json = Attempt.Append(json, new Attempt(DateTimeOffset.UnixEpoch, 500 + i, 1, "status", null, false));
        }

        var kept = Attempt.Read(json);
        Assert.Equal(Attempt.Kept, kept.Count);
        Assert.Equal(529, kept[^1].Status);
    }

    [Fact]
    public void An_answer_that_is_not_kept_whole_says_so()
    {
        static Attempt Answered(int length) => new(DateTimeOffset.UnixEpoch, 500, 1, "status", new string('x', length), false);
        var json = Attempt.Append(null, Answered(1024));
        json = Attempt.Append(json, Answered(1025));
        Assert.Equal([false, false], Attempt.Read(json).Select(a => a.AnswerTruncated));

        var kept = Attempt.Read(Attempt.Append(json, Answered(10) with { AnswerTruncated = true }));
        Assert.Equal([false, true, true], kept.Select(a => a.AnswerTruncated));
        Assert.Equal([1024, 1024, 10], kept.Select(a => a.Answer!.Length));

        // A whole answer, which most are, costs the store no byte more.
        Assert.DoesNotContain("runcated", Attempt.Append(null, Answered(5)), StringComparison.Ordinal);
    }

    [Fact]
    public void Types_are_taken_by_name_by_prefix_or_all()
    {
        Subscription With(params string[] events) => new()
        {
            Id = new SubscriptionId("s"), Organization = Acme, Events = events, CreatedAt = default, UpdatedAt = default,
        };
        Assert.True(With("*").Takes("anything"));
        Assert.True(With("integrations.*").Takes("integrations.recordingLinked"));
        Assert.False(With("integrations.*").Takes("integrations"));
        Assert.False(With("integrations.*").Takes("integrationsX.y"));
        Assert.True(With("a", "recording.ready").Takes("recording.ready"));
        Assert.False(With("recording.ready").Takes("recording.readyX"));
    }
}
