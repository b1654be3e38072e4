using Microsoft.Extensions.Primitives;

namespace Siro.Gateway.Configuration;

/// <summary>Binds and checks every registered section, all or nothing: at the start, and again whenever a source of the configuration changes.</summary>
internal sealed partial class SettingsRegistry(IConfiguration configuration) : ISettingsCandidates
{
    private readonly List<ISection> _sections = [];
    private readonly Lock _gate = new();

    public IConfiguration Configuration => configuration;

    public T Get<T>()
        where T : class => _sections.OfType<ICandidate<T>>().Single().Candidate;

    /// <summary>Every section that a feature has declared, by its path.</summary>
    public IEnumerable<(string Path, Type Type)> Sections => _sections.Select(s => (s.Path, s.Type));

    /// <summary>What stands in the configuration as it is now and nothing reads.</summary>
    public IReadOnlyList<Mistake> Unread() => UnreadSettings.Find(configuration, [.. Sections]);

    /// <summary>Says in the log what nothing reads.</summary>
    public void WarnOfUnread(ILogger logger)
    {
        foreach (var unread in Unread())
        {
            Log.Unread(logger, unread);
        }
    }

    public ISettings<T> Add<T>(string path, Action<T, ISettingsCandidates, Mistakes>? check)
        where T : class, new()
    {
        var section = new Section<T>(path, check);
        _sections.Add(section);
        return section;
    }

    /// <summary>Takes the configuration in force, or answers with every mistake and changes nothing.</summary>
    public IReadOnlyList<Mistake> Load()
    {
        lock (_gate)
        {
            var mistakes = new Mistakes();
            foreach (var section in _sections)
            {
                section.CheckForm(configuration, mistakes);
            }

            // What can't be bound is left out, so that everything else is still checked: all mistakes come in one go.
            var bindable = mistakes.All.Count == 0 ? configuration : Without(mistakes.All);
            foreach (var section in _sections)
            {
                section.Bind(bindable, mistakes);
            }

            var further = new Mistakes();
            foreach (var section in _sections)
            {
                section.Check(this, further);
            }

            // A value that was left out may be missed at the same place; it is named already.
            foreach (var mistake in further.All.Where(m => !mistakes.All.Any(n => n.Path == m.Path)).ToList())
            {
                mistakes.Add(mistake.Path, mistake.What);
            }

            // What was read before is still there in its place, and must not pass for the new file.
            foreach (var file in (configuration as IConfigurationRoot)?.Providers.OfType<GatewayFile.Provider>() ?? [])
            {
                mistakes.Require(file.Mistake is null, "gateway.json", file.Mistake ?? "");
            }

            if (mistakes.All.Count == 0)
            {
                foreach (var section in _sections)
                {
                    section.Commit();
                }
            }

            return mistakes.All;
        }
    }

    private IConfiguration Without(IReadOnlyList<Mistake> mistakes)
    {
        var paths = mistakes.Select(m => m.Path).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return new ConfigurationBuilder().AddInMemoryCollection(configuration.AsEnumerable().Where(p => p.Value is not null && !paths.Contains(p.Key))).Build();
    }

    /// <summary>Follows changes of files; a wrong one is refused with a log line and the old one stays.</summary>
    public IDisposable Follow(ILogger logger) => ChangeToken.OnChange(configuration.GetReloadToken, () =>
    {
        var mistakes = Load();
        if (mistakes.Count == 0)
        {
            Log.Reloaded(logger);
            WarnOfUnread(logger);
        }
        else
        {
            Log.Refused(logger, string.Join("; ", mistakes));
        }
    });

    private interface ICandidate<out T>
    {
        T Candidate { get; }
    }

    private interface ISection
    {
        string Path { get; }

        Type Type { get; }

        void CheckForm(IConfiguration configuration, Mistakes mistakes);

        void Bind(IConfiguration configuration, Mistakes mistakes);

        void Check(ISettingsCandidates candidates, Mistakes mistakes);

        void Commit();
    }

    private sealed class Section<T>(string path, Action<T, ISettingsCandidates, Mistakes>? check) : ISection, ICandidate<T>, ISettings<T>
        where T : class, new()
    {
        private readonly Lock _gate = new();
        private readonly List<Action<T>> _followers = [];
        private volatile T? _current;

        public string Path => path;

        public Type Type => typeof(T);

        public T Candidate { get; private set; } = new();

        public T Current => _current ?? throw new InvalidOperationException($"{path} is read before the configuration was checked.");

        public IDisposable OnChange(Action<T> changed)
        {
            lock (_gate)
            {
                _followers.Add(changed);
            }

            return new Unfollow(this, changed);
        }

        public void CheckForm(IConfiguration configuration, Mistakes mistakes)
        {
            if (path.Length > 0)
            {
                SettingsForm.Check(configuration.GetSection(path), typeof(T), mistakes);
            }
        }

        public void Bind(IConfiguration configuration, Mistakes mistakes)
        {
            try
            {
                Candidate = (path.Length == 0 ? configuration : configuration.GetSection(path)).Get<T>() ?? new T();
            }
            catch (InvalidOperationException e)
            {
                // The binder names the key at fault and, for some types, its value; the value may be a secret.
                var key = e.Message.Split('\'') is [_, _, _, var second, ..] && second.Contains(':', StringComparison.Ordinal) ? second
                    : e.Message.Split('\'') is [_, var first, ..] && first.Contains(':', StringComparison.Ordinal) ? first : path;
                mistakes.Add(key, "the value has the wrong form for this setting");
                Candidate = new T();
            }
        }

        public void Check(ISettingsCandidates candidates, Mistakes mistakes) => check?.Invoke(Candidate, candidates, mistakes);

        public void Commit()
        {
            var first = _current is null;
            _current = Candidate;
            if (first)
            {
                return;
            }

            Action<T>[] followers;
            lock (_gate)
            {
                followers = [.. _followers];
            }

            foreach (var follower in followers)
            {
                follower(Candidate);
            }
        }

        private sealed class Unfollow(Section<T> section, Action<T> changed) : IDisposable
        {
            public void Dispose()
            {
                lock (section._gate)
                {
                    section._followers.Remove(changed);
                }
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1101, LogLevel.Information, "A new configuration is in force")]
        public static partial void Reloaded(ILogger logger);

        [LoggerMessage(1102, LogLevel.Error, "The new configuration was refused and the old one stays: {Mistakes}")]
        public static partial void Refused(ILogger logger, string mistakes);

        [LoggerMessage(1103, LogLevel.Warning, "{Setting}")]
        public static partial void Unread(ILogger logger, Mistake setting);
    }
}
