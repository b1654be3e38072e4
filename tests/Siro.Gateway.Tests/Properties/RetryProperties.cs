using System.Net;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Time.Testing;
using Siro.Gateway.Common;
using Siro.Gateway.Deliveries;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Tests.Properties;

/// <summary>When something is tried again, against what the pages promise, written down in another way.</summary>
public sealed class RetryProperties
{
    private static readonly Gen<TimeSpan> Pause = Gen.Choose(0, 40_000).Select(s => TimeSpan.FromSeconds(s));
    private static readonly Gen<TimeSpan?> Asked = Gen.Choose(-50, 200_000).Select(s => s < 0 ? (TimeSpan?)null : TimeSpan.FromSeconds(s));
    private static readonly Gen<int> Status = Gen.Elements(0, 200, 301, 400, 404, 408, 410, 429, 500, 502, 503, 504);

    [Fact]
    public void A_delivery_is_attempted_once_for_each_entry_of_the_schedule_and_no_sooner_than_it_may() =>
        Prop.ForAll(
            (from schedule in Pause.NonEmptyListOf()
             from answers in (from status in Status from asked in Asked select (status, asked)).ArrayOf(schedule.Count + 1)
             from seed in Gen.Choose(0, 1000)
             select (schedule, answers, seed)).ToArbitrary(),
            c =>
            {
                // The model: an attempt for each entry, none after 410; a pause between nothing and the entry's, the whole of it where the
                // endpoint says only that it is overloaded, and never less than it asked for, a day at most.
                var attempts = 1;
                for (var failed = 1; ; failed++)
                {
                    var (status, asked) = c.answers[failed - 1];
                    var pause = RetryPlan.Next([.. c.schedule], failed, Result(status, asked), new Seeded(c.seed));
                    var last = failed == c.schedule.Count || status == 410;
                    Assert.Equal(last, pause is null);
                    if (pause is null)
                    {
                        break;
                    }

                    attempts++;
                    var planned = c.schedule[failed];
                    var least = asked is { } after ? TimeSpan.FromSeconds(Math.Min(after.TotalSeconds, 86_400)) : TimeSpan.Zero;
                    var what = $"{pause} for {planned} after {status}, asked {asked}";
                    Assert.True(pause >= least && pause <= (planned > least ? planned : least), what);
                    Assert.True(status is not (429 or 502 or 504) || least > TimeSpan.Zero || pause == planned, what);
                }

                Assert.True(attempts <= c.schedule.Count);
            }).Holds(500);

    [Fact]
    public void A_call_to_Siro_is_sent_three_times_at_most_within_its_time_and_never_twice_where_that_does_harm() =>
        Prop.ForAll(
            (from answers in (from status in Gen.Elements(200, 401, 429, 500, 502, 503, 504)
                              from asked in Gen.Choose(-5, 20)
                              select (status, asked)).ArrayOf(6)
             from idempotent in Gen.Elements(true, false)
             from canReplay in Gen.Elements(true, false)
             from took in Gen.Choose(0, 4000)
             from seed in Gen.Choose(0, 1000)
             select (answers, idempotent, canReplay, took, seed)).ToArbitrary(),
            c =>
            {
                var time = new FakeTimeProvider();
                var wait = TimeSpan.FromSeconds(10);
                var retries = new RetryPolicy(time, new Seeded(c.seed), _ => wait).Begin(Request(c.idempotent), c.canReplay);
                var sent = 0;
                while (true)
                {
                    var (status, asked) = c.answers[sent++];
                    time.Advance(TimeSpan.FromMilliseconds(c.took));
                    using var answer = new HttpResponseMessage((HttpStatusCode)status);
                    if (asked >= 0)
                    {
                        answer.Headers.TryAddWithoutValidation("Retry-After", $"{asked}");
                    }

                    var before = time.GetUtcNow();
                    if (!retries.WorthAnother(answer) || retries.PauseBefore(answer) is not { } pause)
                    {
                        break;
                    }

                    // Only what was not processed is sent again by anybody; what may have been, only where twice is as good as once.
                    Assert.True(c.canReplay && (status == 429 || (c.idempotent && status is 502 or 503 or 504)), $"again after {status}");
                    Assert.True(status == 429 || pause >= TimeSpan.FromSeconds(Math.Max(asked, 0)));
                    time.Advance(pause);
                    Assert.True(time.GetUtcNow() - time.Start < wait, $"again after {time.GetUtcNow() - time.Start}");
                }

                Assert.InRange(sent, 1, 3);
            }).Holds(1000);

    [Fact]
    public void Retries_are_at_most_a_tenth_of_the_traffic_and_ten_at_once() =>
        Prop.ForAll(Gen.Elements(true, false).ListOf().ToArbitrary(), course =>
        {
            // The model counts in tenths: full at the start, one for each call, ten for a retry.
            var (budget, credit) = (new RetryBudget(), 100);
            foreach (var isRetry in course)
            {
                if (isRetry)
                {
                    Assert.Equal(credit >= 10, budget.TryWithdraw());
                    credit -= credit >= 10 ? 10 : 0;
                }
                else
                {
                    budget.Deposit();
                    credit = Math.Min(100, credit + 1);
                }
            }
        }).Holds(500);

    private static SiroRequest Request(bool idempotent) => new()
    {
        Organization = new OrganizationKey("acme"),
        Host = SiroHost.External,
        Client = new ClientName("tests"),
        Operation = "GET /",
        Idempotent = idempotent,
    };

    private static AttemptResult Result(int status, TimeSpan? asked) =>
        new(new Attempt(DateTimeOffset.UnixEpoch, status == 0 ? null : status, 1, "status", null, false), asked);

    private sealed class Seeded(int seed) : Randomness
    {
#pragma warning disable RS0030 // The seed is the point.
        private readonly Random _random = new(seed);
#pragma warning restore RS0030

        public override double NextDouble() => _random.NextDouble();
    }
}
