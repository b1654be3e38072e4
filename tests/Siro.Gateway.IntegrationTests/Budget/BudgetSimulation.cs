using Siro.Gateway.Budget;
using Siro.Gateway.Common;
using Siro.Gateway.Store;
using StackExchange.Redis;

namespace Siro.Gateway.IntegrationTests.Budget;

/// <summary>
/// Replicas, a network and Siro in simulated time, around the real ledgers and the real scripts on a real Redis whose clock is the
/// simulation's. One seed, one course of events: hours of traffic in seconds, and the same again when a run finds an error.
/// </summary>
internal sealed class BudgetSimulation
{
    // The script asks the time of a key that the simulation adds to its keys.
    private const string Clock = """
        local redis = {call = function(command, ...)
          if command == 'TIME' then
            local t = tonumber(string.match(KEYS[#KEYS], '%d+$'))
            return {tostring(math.floor(t / 1000000)), tostring(t % 1000000)}
          end
          return redis.call(command, ...)
        end}

        """;

    private const double StoreStart = 1_790_000_000_000;

    private static readonly string Exchange = Clock + RedisScript.Load("Budget/Scripts/exchange", "Budget/Scripts/shared").Text;
    private static readonly string Heartbeat = Clock + RedisScript.Load("Budget/Scripts/heartbeat", "Budget/Scripts/shared").Text;

    private static readonly string Closing = Clock + RedisScript.Load("Budget/Scripts/close", "Budget/Scripts/shared").Text;

    private readonly IDatabase _redis;
    private readonly Random _random;
    private readonly string _token;
    private readonly PriorityQueue<Action, (double At, long Order)> _events = new();
    private readonly List<Replica> _replicas = [];
    private readonly List<double> _arrivals = [];
    private long _order;
    private int _epochs;

    public BudgetSimulation(IDatabase redis, int seed, int limit = 60, int windowSeconds = 6, int kept = 0)
    {
        _redis = redis;
#pragma warning disable RS0030 // The seed is the point.
        _random = new Random(seed);
#pragma warning restore RS0030
        _token = "sim" + seed;
        Rule = new BudgetRule(limit, windowSeconds * 1000, TimeSpan.FromSeconds(10), kept, 1000);
        LoseState();
    }

    public double Now { get; private set; }

    public BudgetRule Rule { get; }

    public IReadOnlyList<Replica> Replicas => _replicas;

    /// <summary>When requests reached Siro.</summary>
    public IReadOnlyList<double> Arrivals => _arrivals;

    /// <summary>The first window with the most arrivals.</summary>
    public (double From, double To) Worst { get; private set; }

    public int StoreCalls { get; private set; }

    /// <summary>What happens to calls: chances of 1000.</summary>
    public int Lost { get; set; }

    public int AnswerLost { get; set; }

    public int Late { get; set; }

    public int Twice { get; set; }

    /// <summary>Callers that leave before three seconds are over; of 1000.</summary>
    public int Impatient { get; set; } = 50;

    /// <summary>Milliseconds of Siro's answer at most.</summary>
    public double SlowestAnswer { get; set; } = 50;

    public Dictionary<string, Client> Clients { get; } = new(StringComparer.Ordinal);

    public Client ClientOf(string name)
    {
        if (!Clients.TryGetValue(name, out var client))
        {
            Clients[name] = client = new Client();
        }

        return client;
    }

    public Replica AddReplica(double clockOffset = 0, int expected = 1)
    {
        var replica = new Replica(this, "r" + _replicas.Count, clockOffset, expected);
        _replicas.Add(replica);
        replica.Start();
        return replica;
    }

    /// <summary>Siro refused: how long the token is closed (close.lua).</summary>
    public double Close(string operation, int jitter, int retryAfter = -1) => (double)_redis.ScriptEvaluate(
        Closing,
        [BudgetKeys.Closing(_token), BudgetKeys.Closed, StoreTime()],
        [_token, operation, Math.Max(250, Rule.WindowMs / 60), Rule.WindowMs, retryAfter, jitter, (Rule.WindowMs * 3) + 60_000]);

    /// <summary>The store forgets everything.</summary>
    public void LoseState()
    {
        foreach (var server in _redis.Multiplexer.GetServers())
        {
            server.FlushAllDatabases();
        }
    }

    /// <summary>The store is away.</summary>
    public bool StoreDown { get; set; }

    public void At(double time, Action action) => _events.Enqueue(action, (Math.Max(time, Now), _order++));

    /// <summary>A client that sends so many a second to a replica, evenly apart but for chance.</summary>
    public void Traffic(Replica replica, string client, double perSecond, double from, double to,
        FlowClass flowClass = FlowClass.Interactive, double weight = 1)
    {
        void Next()
        {
            if (Now >= to)
            {
                return;
            }

            replica.Request(client, flowClass, weight);
            At(Now + (1000 / perSecond * (0.5 + _random.NextDouble())), Next);
        }

        At(from + (_random.NextDouble() * 1000 / perSecond), Next);
    }

    public void Run(double until)
    {
        while (_events.TryPeek(out _, out var next) && next.At <= until)
        {
            var action = _events.Dequeue();
            Now = next.At;
            action();
        }

        Now = until;
    }

    /// <summary>The most arrivals in any window, ends included.</summary>
    public int MostInAnyWindow()
    {
        _arrivals.Sort();
        var most = 0;
        for (int first = 0, last = 0; last < _arrivals.Count; last++)
        {
            while (_arrivals[last] - _arrivals[first] > Rule.WindowMs)
            {
                first++;
            }

            if (last - first + 1 > most)
            {
                most = last - first + 1;
                Worst = (_arrivals[first], _arrivals[last]);
            }
        }

        return most;
    }

    /// <summary>Arrivals from a moment on, as a part of what the limit allows.</summary>
    public double Use(double from, double to) => _arrivals.Count(a => a >= from && a < to) / ((to - from) / Rule.WindowMs * Rule.Requests);

    private double Trip() => _random.Next(20) == 0 ? _random.NextDouble() * 40 : 0.1 + (_random.NextDouble() * 0.8);

    private bool Chance(int ofThousand) => _random.Next(1000) < ofThousand;

    /// <summary>In the budget's hash slot, so that a cluster takes it too.</summary>
    private RedisKey StoreTime() =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{{budget}}{(long)((StoreStart + Now) * 1000)}");

    internal sealed class Client
    {
        public int Sent { get; set; }

        public int Arrived { get; set; }

        public int Refused { get; set; }

        public double LongestWait { get; set; }

        public double LongestWaitAt { get; set; }

        public List<double> ArrivedAt { get; } = [];
    }

    internal sealed class Replica
    {
        private readonly BudgetSimulation _sim;
        private readonly double _offset;
        private readonly Fleet _fleet;
        private readonly TokenLedger _ledger;
        private readonly List<Waiter> _served = [];
        private readonly Dictionary<Waiter, (string Client, double Since)> _waiters = [];
        private double _wakeAt = double.MaxValue;
        private long _beats;
        private double _pausedUntil;

        public Replica(BudgetSimulation sim, string name, double offset, int expected)
        {
            _sim = sim;
            _offset = offset;
            _fleet = new Fleet(name, TimeSpan.FromSeconds(2), expected);
            _ledger = new TokenLedger(sim._token, sim.Rule, _fleet);
        }

        public bool Dead { get; private set; }

        public Fleet Fleet => _fleet;

        public TokenLedger Ledger => _ledger;

        private long Clock => (long)(_sim.Now + _offset);

        public void Start() => Beat();

        /// <summary>Ends without a word; what is on the wire still arrives.</summary>
        public void Kill() => Dead = true;

        /// <summary>Ends in order: no more traffic, gives back what it holds, and then takes leave.</summary>
        public void End() => Alive(() =>
        {
            _ledger.Leave();
            Step();
            if (!_ledger.HasLeft)
            {
                _sim.At(_sim.Now + 10, End);
                return;
            }

            Beat(leave: true);
            Dead = true;
        });

        /// <summary>Does nothing for a while, as a process that is stopped; answers come in afterwards.</summary>
        public void Pause(double milliseconds) => _pausedUntil = _sim.Now + milliseconds;

        public void Request(string client, FlowClass flowClass, double weight)
        {
            if (Dead)
            {
                return;
            }

            Alive(() =>
            {
                var of = _sim.ClientOf(client);
                of.Sent++;
                var flow = _ledger.FlowOf(new ClientName(client), flowClass, weight, Clock);
                if (_ledger.TryTake(flow, Clock))
                {
                    Send(client, _sim.Now);
                }
                else if (_ledger.Enqueue(flow, Clock) is { } waiter)
                {
                    _waiters[waiter] = (client, _sim.Now);
                    var wait = _sim.Chance(_sim.Impatient) ? _sim._random.NextDouble() * 3000 : _sim.Rule.MaxWait.TotalMilliseconds;
                    _sim.At(_sim.Now + wait, () => Alive(() =>
                    {
                        if (_waiters.Remove(waiter))
                        {
                            of.Refused++;
                            _ledger.Leave(waiter);
                        }
                    }));
                }
                else
                {
                    of.Refused++;
                }

                Step();
            });
        }

        private void Alive(Action action)
        {
            if (Dead)
            {
                return;
            }

            if (_sim.Now < _pausedUntil)
            {
                _sim.At(_pausedUntil, () => Alive(action));
                return;
            }

            action();
        }

        private void Step()
        {
            var call = _ledger.Pump(Clock, _served, out var due);
            Release();
            if (call is not null)
            {
                Carry(call);
            }

            if (due != long.MaxValue && due - _offset < _wakeAt)
            {
                var at = _wakeAt = Math.Max(_sim.Now + 1, due - _offset + 1);
                _sim.At(at, () => Alive(() =>
                {
                    if (_wakeAt == at)
                    {
                        _wakeAt = double.MaxValue;
                    }

                    Step();
                }));
            }
        }

        private void Release()
        {
            foreach (var waiter in _served)
            {
                if (_waiters.Remove(waiter, out var who))
                {
                    Send(who.Client, who.Since);
                }
            }

            _served.Clear();
        }

        private void Send(string client, double since)
        {
            var of = _sim.ClientOf(client);
            if (_sim.Now - since > of.LongestWait)
            {
                (of.LongestWait, of.LongestWaitAt) = (_sim.Now - since, since);
            }

            if (_sim.Chance(5))
            {
                _ledger.NotSent();
                return;
            }

            var way = 1 + (_sim._random.NextDouble() * _sim.SlowestAnswer / 2);
            var back = 1 + (_sim._random.NextDouble() * _sim.SlowestAnswer / 2);
            _sim.At(_sim.Now + way, () =>
            {
                _sim._arrivals.Add(_sim.Now);
                of.Arrived++;
                of.ArrivedAt.Add(_sim.Now);
            });
            _sim.At(_sim.Now + way + back, () => Alive(() =>
            {
                _ledger.Answered(Clock);
                Step();
            }));
        }

        private void Carry(BudgetCall call)
        {
            var done = false;
            var keys = new List<RedisKey>(RedisBudgetStore.ExchangeKeys(call.Token));
            var arguments = RedisBudgetStore.Arguments(call, _fleet, "e" + _sim._epochs++);
            BudgetReply Execute() =>
                RedisBudgetStore.Read(_sim._redis.ScriptEvaluate(Exchange, [.. keys, _sim.StoreTime()], arguments), call);
            void Fail() => Alive(() =>
            {
                if (!done)
                {
                    done = true;
                    _fleet.Failed();
                    _ledger.Fail(Clock);
                    Step();
                }
            });

            _sim.StoreCalls++;
            if (_sim.StoreDown)
            {
                _sim.At(_sim.Now + 1, Fail);
                return;
            }

            if (_sim.Chance(_sim.Lost))
            {
                _sim.At(_sim.Now + 1000, Fail);
                return;
            }

            if (_sim.Chance(_sim.Late))
            {
                _sim.At(_sim.Now + 900 + (_sim._random.NextDouble() * 3000), () =>
                {
                    if (!_sim.StoreDown)
                    {
                        Execute();
                    }
                });
                _sim.At(_sim.Now + 1000, Fail);
                return;
            }

            var answerLost = _sim.Chance(_sim.AnswerLost);
            _sim.At(_sim.Now + _sim.Trip(), () =>
            {
                if (_sim.StoreDown)
                {
                    _sim.At(_sim.Now + 1, Fail);
                    return;
                }

                var reply = Execute();
                if (_sim.Chance(_sim.Twice))
                {
                    _sim.At(_sim.Now + (_sim._random.NextDouble() * 2000), () => Execute());
                }

                if (answerLost)
                {
                    _sim.At(_sim.Now + 1000, Fail);
                    return;
                }

                _sim.At(_sim.Now + _sim.Trip(), () => Alive(() =>
                {
                    if (done)
                    {
                        return;
                    }

                    done = true;
                    if (_fleet.Heard(call.Sent, Clock, reply.Epoch, reply.Replicas))
                    {
                        _ledger.Resync();
                    }

                    _ledger.Apply(call, reply, Clock, _served);
                    Release();
                    Step();
                }));
            });
        }

        private void Beat() => Beat(leave: false);

        private void Beat(bool leave) => Alive(() =>
        {
            var sent = Clock;
            if (_sim.StoreDown)
            {
                _fleet.Failed();
                Step();
            }
            else
            {
                RedisKey[] keys = [.. RedisBudgetStore.HeartbeatKeys, _sim.StoreTime()];
                RedisValue[] arguments = [_fleet.Replica, leave ? 0 : _fleet.TimeoutMs, _fleet.Epoch, "e" + _sim._epochs++,
                    _fleet.TimeoutMs, _beats, _fleet.Away(sent) ? 1 : 0, _fleet.HasCompany ? 1 : 0, _fleet.LongestMs, _fleet.Lately];
                var reply = RedisBudgetStore.Read((RedisResult[])_sim._redis.ScriptEvaluate(Heartbeat, keys, arguments)!);
                _beats = reply.Beats;
                _fleet.HeardFleet(sent, reply.Loads, reply.Lately);
                if (_fleet.Heard(sent, Clock, reply.Epoch, reply.Replicas))
                {
                    _ledger.Resync();
                }

                if (reply.Pressed.Contains(_sim._token))
                {
                    _ledger.Press();
                }

                Step();
            }

            _sim.At(_sim.Now + 1000, Beat);
        });
    }
}
