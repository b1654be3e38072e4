using System.Collections.Frozen;
using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Siro.Gateway.Access;
using Siro.Gateway.Common;
using Siro.Gateway.SiroApi;
using Siro.Gateway.Sync;

namespace Siro.Gateway.Tests.SiroApi;

/// <summary>Siro takes a feature's request and never answers: 100 s, and what the request may wait for budget.</summary>
public sealed class AnswerTimeTests
{
    /// <summary>Of real time, for what is to happen at once.</summary>
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _clock = new();
    private readonly Silent _siro = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null, false, 110)]
    [InlineData(null, true, 110)]
    [InlineData(20, false, 120)]
    [InlineData(0, true, 100)]
    public async Task An_answer_that_does_not_come_in_time_is_siro_timeout(int? maxWait, bool afterHead, int seconds)
    {
        _siro.SendsHead = afterHead;
        var reading = ReadAsync(maxWait is { } wait ? TimeSpan.FromSeconds(wait) : null, Cancel);
        await _siro.Asked.WaitAsync(Cancel);
        _clock.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
        Assert.False(reading.IsCompleted);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        var problem = (await Assert.ThrowsAsync<ProblemException>(() => reading.WaitAsync(Bound, Cancel))).Problem;
        Assert.Equal((504, "siro_timeout"), (problem.Status, problem.Code));
        Assert.Equal(true, problem.Extensions!["mayHaveBeenDone"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_caller_that_goes_away_meanwhile_is_no_failure_of_Siros(bool afterHead)
    {
        _siro.SendsHead = afterHead;
        using var caller = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var reading = ReadAsync(null, caller.Token);
        await _siro.Asked.WaitAsync(Cancel);
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(Bound, Cancel));
    }

    [Fact]
    public async Task A_batch_of_a_sync_without_an_answer_is_to_be_sent_again()
    {
        var caller = new Caller
        {
            Client = new ClientName("crm"), Organization = new OrganizationKey("acme"),
            Permissions = FrozenSet<string>.Empty,
        };
        var batches = new SyncBatches(TestHandler.ClientOver(_siro, _clock), caller, SyncKind.Engagements);
        using var item = JsonDocument.Parse("""{"externalId":"e1"}""");
        var sending = batches.SendAsync([new SyncItem(item.RootElement, null)], Cancel);
        await _siro.Asked.WaitAsync(Cancel);
        _clock.Advance(TimeSpan.FromSeconds(110));
        var result = Assert.Single(await sending.WaitAsync(Bound, Cancel));
        Assert.Equal((SyncStatus.Retryable, "siro_timeout"), (result.Status, Assert.Single(result.Issues!).Code));
    }

    private Task<JsonDocument> ReadAsync(TimeSpan? maxWait, CancellationToken cancellationToken) =>
        TestHandler.ClientOver(_siro, _clock).ReadAsync(
            new SiroRequest
            {
                Organization = new OrganizationKey("acme"), Host = SiroHost.External, Client = new ClientName("crm"),
                Operation = "GET /v1/core/recordings", Idempotent = true, MaxWait = maxWait,
            },
            HttpMethod.Get, "/v1/core/recordings", null, cancellationToken);

    /// <summary>Takes every request, and answers with nothing, or with no more than a head.</summary>
    private sealed class Silent : HttpMessageHandler
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool SendsHead { get; set; }

        /// <summary>Siro has the request, and is waited for.</summary>
        public Task Asked => _asked.Task;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (SendsHead)
            {
                return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(new SilentBody(_asked)) };
            }

            _asked.TrySetResult();
            await Never(cancellationToken);
            throw new InvalidOperationException();
        }
    }

    private sealed class SilentBody(TaskCompletionSource asked) : ReadingStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            asked.TrySetResult();
            await Never(cancellationToken);
            return 0;
        }
    }

    private static Task Never(CancellationToken cancellationToken) => new TaskCompletionSource().Task.WaitAsync(cancellationToken);
}
