using Siro.Gateway.Budget;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Tests.Budget;

public class BudgetRulesTests
{
    private static readonly OrganizationKey Acme = new("acme");
    private static readonly OrganizationKey Other = new("other");

    private readonly Given<BudgetOptions> _all = new(new BudgetOptions());
    private readonly Given<SiroOptions> _siro = new(
        new SiroOptions { Organizations = { ["acme"] = new OrganizationOptions(), ["other"] = new OrganizationOptions() } });

    [Fact]
    public void Siros_own_limit_holds_where_nothing_is_set()
    {
        using var rules = new BudgetRules(_all, _siro);
        Assert.Equal(
            new BudgetRule(1000, 60_000, TimeSpan.FromSeconds(10), KeptForMints: 10, QueueLength: 1000), rules.For(Acme, userToken: false));
        Assert.Equal(
            new BudgetRule(1000, 60_000, TimeSpan.FromSeconds(10), KeptForMints: 0, QueueLength: 1000), rules.For(Acme, userToken: true));
    }

    [Fact]
    public void The_nearest_setting_wins_each_value_by_itself()
    {
        _all.Current.Requests = 900;
        _all.Current.UserToken = new CredentialBudgetOptions { Requests = 500, WindowSeconds = 30 };
        _siro.Current.Organizations["acme"].Budget = new OrganizationBudgetOptions
        {
            MaxWait = TimeSpan.FromSeconds(3),
            WindowSeconds = 20,
            OrganizationToken = new CredentialBudgetOptions { Requests = 100 },
        };
        using var rules = new BudgetRules(_all, _siro);

        Assert.Equal((100, 20_000L, TimeSpan.FromSeconds(3)), Values(rules.For(Acme, userToken: false)));
        Assert.Equal((500, 20_000L, TimeSpan.FromSeconds(3)), Values(rules.For(Acme, userToken: true)));
        Assert.Equal((900, 60_000L, TimeSpan.FromSeconds(10)), Values(rules.For(Other, userToken: false)));
        Assert.Equal((500, 30_000L, TimeSpan.FromSeconds(10)), Values(rules.For(Other, userToken: true)));
    }

    [Fact]
    public void A_reload_is_in_force_with_the_next_call()
    {
        using var rules = new BudgetRules(_all, _siro);
        Assert.Equal(1000, rules.For(Acme, userToken: false).Requests);
        _all.Change(new BudgetOptions { Requests = 50 });
        Assert.Equal(50, rules.For(Acme, userToken: false).Requests);
    }

    private static (int Requests, long WindowMs, TimeSpan MaxWait) Values(BudgetRule rule) => (rule.Requests, rule.WindowMs, rule.MaxWait);

    private sealed class Given<T>(T first) : ISettings<T>
        where T : class
    {
        private Action<T>? _changed;

        public T Current { get; private set; } = first;

        public IDisposable OnChange(Action<T> changed)
        {
            _changed += changed;
            return new CancellationTokenSource();
        }

        public void Change(T value)
        {
            Current = value;
            _changed?.Invoke(value);
        }
    }
}
