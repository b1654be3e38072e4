using Siro.Gateway.Jobs;
using Siro.Gateway.Store;

namespace Siro.Gateway.Uploads.Jobs;

/// <summary>Finishes uploads whose request is not there any more: taken over, retried by a person, or waiting for Siro.</summary>
internal sealed class UploadJobHandler(UploadRun run) : IJobHandler
{
    /// <summary>The kind of upload jobs; their partition is the organization.</summary>
    public static readonly JobKind Kind = new("upload");

    /// <summary>How long a dead replica's upload waits to be taken over.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);

    public Task<JobOutcome> RunAsync(JobLease job, CancellationToken cancellationToken) => run.RunAsync(job, file: null, new UploadWatch(), cancellationToken);
}
