using System.Text.Json;
using Siro.Gateway.Alerts;
using Siro.Gateway.Configuration;
using Siro.Gateway.Tests.Conventions;

namespace Siro.Gateway.Tests.Alerts;

public sealed class AlertNoticeTests
{
    private static readonly AlertNotice Firing = new(
        "evt_alr_1_70", "subscription.failing", "acme", "sub_1", 70, "2026-03-01T00:00:00.000Z", "Nothing succeeds at \"sub_1\".");

    private static readonly AlertNotice Ended = Firing with { Id = "evt_alr_1_0", Type = "subscription.recovered", Level = 0 };

    [Fact]
    public void The_plain_body_says_what_whose_and_how_far()
    {
        var body = JsonDocument.Parse(Firing.Body("plain")).RootElement;
        Assert.Equal(
            ("subscription.failing", "firing", "acme", "sub_1", 70),
            (body.GetProperty("type").GetString(), body.GetProperty("state").GetString(), body.GetProperty("organization").GetString(),
                body.GetProperty("subject").GetString(), body.GetProperty("level").GetInt32()));
        Assert.Equal("ended", JsonDocument.Parse(Ended.Body("plain")).RootElement.GetProperty("state").GetString());
    }

    [Fact]
    public void Slack_gets_a_text()
    {
        var body = JsonDocument.Parse(Firing.Body("slack")).RootElement;
        Assert.Equal(["text"], body.EnumerateObject().Select(m => m.Name));
        Assert.Equal("*Siro.Gateway: subscription.failing (acme)*\nNothing succeeds at \"sub_1\".", body.GetProperty("text").GetString());
    }

    [Theory]
    [InlineData(70, "Attention")]
    [InlineData(0, "Good")]
    public void Teams_gets_an_adaptive_card(int level, string colour)
    {
        var body = JsonDocument.Parse((Firing with { Level = level }).Body("teams")).RootElement;
        Assert.Equal("message", body.GetProperty("type").GetString());
        var attachment = body.GetProperty("attachments")[0];
        Assert.Equal("application/vnd.microsoft.card.adaptive", attachment.GetProperty("contentType").GetString());
        var card = attachment.GetProperty("content");
        Assert.Equal(("AdaptiveCard", "1.4"), (card.GetProperty("type").GetString(), card.GetProperty("version").GetString()));
        Assert.Equal(colour, card.GetProperty("body")[0].GetProperty("color").GetString());
        Assert.Contains("Nothing succeeds", card.GetProperty("body")[1].GetProperty("text").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Each_kind_has_a_word_of_its_own_for_its_beginning_and_for_its_end()
    {
        var words = AlertKind.All.SelectMany(k => new[] { k.Firing, k.Ended }).ToList();
        Assert.Equal(words.Distinct(StringComparer.Ordinal), words);
        Assert.All(AlertKind.All, k => Assert.Same(k, AlertKind.Of(k.Firing)));
    }

    [Theory]
    [InlineData("Alerts:BudgetPercent", "101")]
    [InlineData("Alerts:BudgetPercent", "0")]
    [InlineData("Alerts:DeadLetters", "-1")]
    [InlineData("Alerts:FailingPercent:1", "120")]
    [InlineData("Alerts:Interval", "00:00:00")]
    [InlineData("Alerts:Quiet", "02:00:00")]
    [InlineData("Alerts:Webhook:Format", "irc")]
    [InlineData("Alerts:Webhook:Timeout", "00:02:00")]
    [InlineData("Alerts:Webhook:Url", "ftp://example.com/x")]
    [InlineData("Alerts:Webhook:Url", "http://169.254.169.254/x")]
    [InlineData("Alerts:Webhook:AllowedNetworks:0", "ten")]
    [InlineData("Alerts:Webhook:Secret", "whsec_c2hvcnQ=")]
    public void What_is_out_of_range_stops_the_start_by_its_path(string path, string value)
    {
        var (first, changes) = path == "Alerts:FailingPercent:1"
            ? (("Alerts:FailingPercent:0", "50"), (path, value))
            : ((path, value), (path, value));
        var errors = Assert.Throws<InvalidConfigurationException>(() => BuiltHost.Create(first, changes)).Errors;
        Assert.Equal(path, Assert.Single(errors).Path);
    }

    [Fact]
    public void Percentages_are_put_in_order_and_a_set_replaces_the_default()
    {
        Assert.Equal([50, 70, 90, 100], new AlertsOptions().Percentages);
        Assert.Equal([25, 75], new AlertsOptions { FailingPercent = [75, 25, 75] }.Percentages);
    }
}
