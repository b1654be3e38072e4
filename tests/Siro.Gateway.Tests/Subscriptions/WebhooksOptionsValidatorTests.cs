using Microsoft.Extensions.Configuration;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.SiroApi;
using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.Tests.Subscriptions;

public class WebhooksOptionsValidatorTests
{
    private const string Secret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

    private sealed class Candidates : ISettingsCandidates
    {
        public IConfiguration Configuration { get; } = new ConfigurationBuilder().Build();

        public T Get<T>()
            where T : class => (T)(object)new SiroOptions { Organizations = { ["acme"] = new OrganizationOptions() } };
    }

    private static IReadOnlyList<string> Check(Action<WebhooksOptions> change)
    {
        var options = new WebhooksOptions();
        change(options);
        var errors = new ValidationErrors();
        WebhooksOptionsValidator.Check(options, new Candidates(), errors);
        return [.. errors.All.Select(m => m.Path)];
    }

    private static Action<WebhooksOptions> With(Action<ConfiguredSubscription> change, string name = "billing") => options =>
    {
        var subscription = new ConfiguredSubscription { Url = "https://billing.example/", Secret = new Secret(Secret) };
        change(subscription);
        options.Subscriptions[name] = subscription;
    };

    [Fact]
    public void The_defaults_are_right_and_svixs_schedule()
    {
        Assert.Empty(Check(_ => { }));
        Assert.Empty(Check(With(_ => { })));
        Assert.Equal(
            [0, 5, 300, 1800, 7200, 18000, 36000, 36000],
            new WebhooksOptions().Schedule.Select(s => (int)s.TotalSeconds));
    }

    [Fact]
    public void Every_error_is_told_by_its_path()
    {
        Assert.Equal(
            ["Webhooks:Tolerance", "Webhooks:MaxBodyBytes", "Webhooks:RetrySchedule:1", "Webhooks:AllowedNetworks:0"],
            Check(o =>
            {
                o.Tolerance = TimeSpan.Zero;
                o.MaxBodyBytes = 0;
                o.RetrySchedule = [TimeSpan.Zero, TimeSpan.FromDays(8)];
                o.AllowedNetworks = ["10.0.0.0"];
            }));
        const string at = "Webhooks:Subscriptions:billing:";
        Assert.Equal([at + "Url"], Check(With(s => s.Url = "http://10.0.0.1/")));
        Assert.Empty(Check(o =>
        {
            o.AllowedNetworks = ["10.0.0.0/8"];
            With(s => s.Url = "http://10.0.0.1/")(o);
        }));
        Assert.Equal([at + "Secret"], Check(With(s => s.Secret = null)));
        Assert.Equal([at + "Secret"], Check(With(s => s.Secret = new Secret("whsec_AAAA"))));
        Assert.Equal([at + "Url"], Check(With(s => s.Pull = true)));
        Assert.Empty(Check(With(s => (s.Pull, s.Url, s.Secret) = (true, null, null))));
        Assert.Equal([at + "Events[0]"], Check(With(s => s.Events = ["a b"])));
        Assert.Equal([at + "Filter"], Check(With(s => s.Filter = "{")));
        Assert.Equal([at + "Filter.a.$gt"], Check(With(s => s.Filter = """{"a":{"$gt":1}}""")));
        Assert.Equal([at + "Headers.Host"], Check(With(s => s.Headers["Host"] = "x")));
        Assert.Equal([at + "RatePerSecond"], Check(With(s => s.RatePerSecond = 0)));
        Assert.Equal([at + "Concurrency"], Check(With(s => s.Concurrency = 0)));
        Assert.Equal([at + "Timeout"], Check(With(s => s.Timeout = TimeSpan.Zero)));
        Assert.Equal([at + "Order"], Check(With(s => s.Order = "global")));
        Assert.Equal([at + "Enrich[0]"], Check(With(s => s.Enrich = ["all"])));
        Assert.Equal([at + "Organization"], Check(With(s => s.Organization = "nobody")));
        Assert.Equal(["Webhooks:Subscriptions:sub_1"], Check(With(_ => { }, "sub_1")));
        Assert.Equal(["Webhooks:Subscriptions:a.b"], Check(With(_ => { }, "a.b")));
    }
}
