using Microsoft.Extensions.Primitives;

namespace Siro.Gateway.Configuration;

/// <summary>
/// Binds and checks every registered section, all or nothing: at the start, and again whenever a source of the configuration changes.
/// </summary>
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
    public IReadOnlyList<ValidationError> Unread() => UnreadSettings.Find(configuration, [.. Sections]);

    /// <summary>Says in the log what nothing reads.</summary>
    public void WarnOfUnread(ILogger logger)
    {
        foreach (var unread in Unread())
        {
            Log.Unread(logger, unread);
        }
    }

    public ISettings<T> Add<T>(string path, Action<T, ISettingsCandidates, ValidationErrors>? check)
        where T : class, new()
    {
        var section = new Section<T>(path, check);
        _sections.Add(section);
        return section;
    }

    /// <summary>Takes the configuration in force, or answers with every error and changes nothing.</summary>
    public IReadOnlyList<ValidationError> Load()
    {
        lock (_gate)
        {
            var errors = new ValidationErrors();
            foreach (var section in _sections)
            {
                section.CheckForm(configuration, errors);
            }

            // What can't be bound is left out, so that everything else is still checked: all errors come in one go.
            var bindable = errors.All.Count == 0 ? configuration : Without(errors.All);
            foreach (var section in _sections)
            {
                section.Bind(bindable, errors);
            }

            var further = new ValidationErrors();
            foreach (var section in _sections)
            {
                section.Check(this, further);
            }

            // A value that was left out may be missed at the same place; it is named already.
            foreach (var error in further.All.Where(m => !errors.All.Any(n => n.Path == m.Path)).ToList())
            {
                errors.Add(error.Path, error.What);
            }

            // What was read before is still there in its place, and must not pass for the new file.
            foreach (var file in (configuration as IConfigurationRoot)?.Providers.OfType<GatewayFile.Provider>() ?? [])
            {
                errors.Require(file.Error is null, "gateway.json", file.Error ?? "");
            }

            if (errors.All.Count == 0)
            {
                foreach (var section in _sections)
                {
                    section.Commit();
                }
            }

            return errors.All;
        }
    }

    private IConfiguration Without(IReadOnlyList<ValidationError> errors)
    {
        var paths = errors.Select(m => m.Path).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return new ConfigurationBuilder().AddInMemoryCollection(
            configuration.AsEnumerable().Where(p => p.Value is not null && !paths.Contains(p.Key))).Build();
    }

    /// <summary>Follows changes of files; a wrong one is refused with a log line and the old one stays.</summary>
    public IDisposable Follow(ILogger logger) => ChangeToken.OnChange(configuration.GetReloadToken, () =>
    {
        var errors = Load();
        if (errors.Count == 0)
        {
            Log.Reloaded(logger);
            WarnOfUnread(logger);
        }
        else
        {
            Log.Refused(logger, string.Join("; ", errors));
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

        void CheckForm(IConfiguration configuration, ValidationErrors errors);

        void Bind(IConfiguration configuration, ValidationErrors errors);

        void Check(ISettingsCandidates candidates, ValidationErrors errors);

        void Commit();
    }

    private sealed class Section<T>(string path, Action<T, ISettingsCandidates, ValidationErrors>? check)
        : ISection, ICandidate<T>, ISettings<T>
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

        public void CheckForm(IConfiguration configuration, ValidationErrors errors)
        {
            if (path.Length > 0)
            {
                SettingsForm.Check(configuration.GetSection(path), typeof(T), errors);
            }
        }

        public void Bind(IConfiguration configuration, ValidationErrors errors)
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
                errors.Add(key, "the value has the wrong form for this setting");
                Candidate = new T();
            }
        }

        public void Check(ISettingsCandidates candidates, ValidationErrors errors) => check?.Invoke(Candidate, candidates, errors);

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

        [LoggerMessage(1102, LogLevel.Error, "The new configuration was refused and the old one stays: {Errors}")]
        public static partial void Refused(ILogger logger, string errors);

        [LoggerMessage(1103, LogLevel.Warning, "{Setting}")]
        public static partial void Unread(ILogger logger, ValidationError setting);
    }
}
