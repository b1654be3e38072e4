using System.Net;
using Microsoft.Extensions.Time.Testing;
using Siro.Gateway.Common;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Tests.SiroApi;

/// <summary>The handler chain between a call and the socket: what each attempt takes of the budget.</summary>
public class AttemptTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly Ledger _budget = new();
    private readonly Tokens _tokens = new();

    [Fact]
    public async Task Each_attempt_takes_a_slot_of_its_own_and_the_pauses_between_hold_none()
    {
        using var answer = await SendAsync(HttpStatusCode.ServiceUnavailable, HttpStatusCode.BadGateway, HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(["took", "answered", "took", "answered", "took", "answered"], _budget.Words);
        Assert.Equal(0, _budget.MostBetween);
    }

    [Fact]
    public async Task A_replay_after_401_takes_another_slot_and_the_renewal_holds_none()
    {
        _tokens.Renewing = () => Assert.Equal(0, _budget.Held);
        using var answer = await SendAsync(HttpStatusCode.Unauthorized, HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(["took", "answered", "took", "answered"], _budget.Words);
    }

    [Fact]
    public async Task A_429_closes_the_window_and_the_next_attempt_waits_its_turn()
    {
        using var answer = await SendAsync(HttpStatusCode.TooManyRequests, HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(["took", "answered", "throttled", "took", "answered"], _budget.Words);
    }

    [Fact]
    public async Task Without_a_connection_the_slot_goes_back()
    {
        using var answer = await SendAsync(null, HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(["took", "not sent", "took", "answered"], _budget.Words);
    }

    [Fact]
    public async Task A_refusal_of_the_budget_is_not_retried()
    {
        _budget.Refuses = true;
        var e = await Assert.ThrowsAsync<ProblemException>(() => SendAsync(HttpStatusCode.OK));
        Assert.Equal("budget_exhausted", e.Problem.Code);
        Assert.Equal(["refused"], _budget.Words);
    }

    /// <param name="answers">Siro's answers in turn; null for no connection.</param>
    private async Task<HttpResponseMessage> SendAsync(params HttpStatusCode?[] answers)
    {
        var siro = new Siro(new Queue<HttpStatusCode?>(answers));
        using var invoker = new HttpMessageInvoker(TestHandler.Over(siro, _clock, _tokens, _budget));
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://siro.test/");
        request.Options.Set(SiroRequest.Key, new SiroRequest
        {
            Organization = new OrganizationKey("acme"), Host = SiroHost.External, Client = new ClientName("crm"), Operation = "GET /",
            Idempotent = true,
        });
        var sending = invoker.SendAsync(request, TestContext.Current.CancellationToken);
        while (!sending.IsCompleted)
        {
            _budget.MostBetween = Math.Max(_budget.MostBetween, _budget.Held);
            _clock.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }

        return await sending;
    }

    private sealed class Siro(Queue<HttpStatusCode?> answers) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            answers.Dequeue() is { } status
                ? Task.FromResult(new HttpResponseMessage(status))
                : throw new HttpRequestException(HttpRequestError.ConnectionError);
    }

    private sealed class Tokens : ISiroCredentials
    {
        public Action Renewing { get; set; } = () => { };

        public ValueTask<SiroCredential> GetAsync(SiroRequest request, CancellationToken cancellationToken) =>
            new(new SiroCredential("Authorization", new Secret("Bearer t"), "t"));

        public ValueTask<bool> RefusedAsync(SiroRequest request, SiroCredential credential, CancellationToken cancellationToken)
        {
            Renewing();
            return new ValueTask<bool>(true);
        }
    }

    private sealed class Ledger : IBudget
    {
        public List<string> Words { get; } = [];

        public int Held { get; private set; }

        public int MostBetween { get; set; }

        public bool Refuses { get; set; }

        public ValueTask<IBudgetSlot> AcquireAsync(SiroRequest request, SiroCredential credential, CancellationToken cancellationToken)
        {
            if (Refuses)
            {
                Words.Add("refused");
                throw new ProblemException(new Problem(429, "budget_exhausted", "No room."));
            }

            Words.Add("took");
            Held++;
            return new ValueTask<IBudgetSlot>(new Slot(this));
        }

        private sealed class Slot(Ledger ledger) : IBudgetSlot
        {
            private bool _told;

            public void Answered() => End("answered");

            public void NotSent() => End("not sent");

            public void Throttled(TimeSpan? retryAfter) => ledger.Words.Add("throttled");

            public ValueTask DisposeAsync()
            {
                if (!_told)
                {
                    End("unknown");
                }

                return ValueTask.CompletedTask;
            }

            private void End(string word)
            {
                _told = true;
                ledger.Words.Add(word);
                ledger.Held--;
            }
        }
    }
}
