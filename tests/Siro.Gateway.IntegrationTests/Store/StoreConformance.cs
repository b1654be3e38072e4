using System.IO.Pipelines;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.Jobs;
using Siro.Gateway.Store;

namespace Siro.Gateway.IntegrationTests.Store;

/// <summary>What the Store promises, shown on one kind of server. Each derived class runs all of it on its own.</summary>
public abstract partial class StoreConformance
{
    private static readonly JobKind Kind = new("test");
    private static readonly TimeSpan ShortLease = TimeSpan.FromSeconds(1);

    /// <summary>For what must stay held: a busy machine may stand still for longer than the shortest lease, which is lost then.</summary>
    private static readonly TimeSpan AmpleLease = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan LongLease = TimeSpan.FromSeconds(30);
    private static readonly WorkerId Ann = new("ann");
    private static readonly WorkerId Ben = new("ben");

    private readonly StoreFixture _fixture;

    protected StoreConformance(StoreFixture fixture)
    {
        Assert.SkipWhen(fixture.Missing is not null, fixture.Missing ?? "");
        _fixture = fixture;
    }

    private StoreHarness Replica => _fixture.Replica;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>A name that no other test uses.</summary>
    private string Fresh(string prefix = "t") => Replica.Randomness.Id(prefix);

    private OperationId Operation() => new(Fresh("op"));

    private JobQueue FreshQueue() => Replica.Queues.Queue(Kind, Fresh("q"));

    private static JobSpec Spec(string id, string? lane = null, TimeSpan delay = default) =>
        new() { Id = new JobId(id), State = "new", Lane = lane, Delay = delay,
            Fields = new Dictionary<string, string>(StringComparer.Ordinal) { ["n"] = id } };

    private static Dictionary<string, string?> Set(string field, string? value) => new(StringComparer.Ordinal) { [field] = value };

    [Fact]
    public async Task Whatever_the_clients_reader_met_is_told_as_a_store_that_is_not_reachable()
    {
        var pipe = new Pipe();
        await pipe.Reader.CompleteAsync();
        var e = await Assert.ThrowsAsync<StoreUnavailableException>(
            () => Replica.Store.QueryAsync(async _ => (await pipe.Reader.ReadAsync(Cancelled)).IsCompleted, Cancelled));
        Assert.Equal("The store is not reachable.", e.Message);
    }
}
