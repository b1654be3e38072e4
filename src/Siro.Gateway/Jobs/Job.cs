using System.Text.Json.Serialization.Metadata;

namespace Siro.Gateway.Jobs;

/// <summary>
/// A kind of job, declared once by the feature that owns it (<see cref="Job{TData}"/>) and registered once
/// (<see cref="JobsFeature.AddJob"/>). Everything else follows: claiming, leases, retries, parking, metrics, its endpoints and its line in
/// the console's overview.
/// </summary>
/// <param name="kind">Lower case letters, digits and dashes; part of key names, so it never changes.</param>
internal abstract class Job(string kind, JobStates states)
{
    public JobKind Kind { get; } = new(kind);

    public JobStates States { get; } = states;

    /// <summary>
    /// What each partition may use, unless the handler answers something else for one (<see cref="IJobHandler{TData}.LimitsFor"/>).
    /// </summary>
    public JobLimits Limits { get; init; }

    /// <summary>The pauses between its tries, where they don't depend on options: see <see cref="JobClaim{TData}.RetryOrFail"/>.</summary>
    public RetrySchedule? Retries { get; init; }

    /// <summary>How a process works these jobs off. Asked once, when the process starts.</summary>
    public Func<IConfiguration, JobWorkerOptions> Worker { get; init; } = _ => new JobWorkerOptions();

    /// <summary>Null: it has no line in the overview.</summary>
    public JobOverview? Overview { get; init; }

    /// <summary>Maps its endpoints, where it has any.</summary>
    public abstract void Map(IEndpointRouteBuilder routes);
}

/// <summary>A kind of job whose data is a <typeparamref name="TData"/>.</summary>
internal sealed class Job<TData> : Job
    where TData : class
{
    /// <param name="data">From a source-generated context with the web defaults; each property is a field of the stored job (<see
    /// cref="JsonJobFormat{TData}"/>).</param>
    public Job(string kind, JobStates states, JsonTypeInfo<TData> data)
        : this(kind, states, new JsonJobFormat<TData>(data))
    {
    }

    /// <param name="format">Written by hand, for jobs of which there are thousands a second.</param>
    public Job(string kind, JobStates states, IJobFormat<TData> format)
        : base(kind, states) => Format = format;

    public IJobFormat<TData> Format { get; }

    /// <summary>Null: it has no endpoints, or such as no other kind has.</summary>
    public JobResource<TData>? Resource { get; init; }

    public override void Map(IEndpointRouteBuilder routes) => Resource?.Map(routes, this);
}
