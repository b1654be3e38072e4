using Siro.Gateway.Jobs;

namespace Siro.Gateway.Uploads.Jobs;

/// <summary>Finishes uploads whose request is not there any more: taken over, retried by a person, or waiting for Siro.</summary>
internal sealed class UploadJobHandler(UploadRun run) : IJobHandler<UploadData>
{
    public Task<JobOutcome> RunAsync(JobClaim<UploadData> claim, CancellationToken cancellationToken) =>
        run.RunAsync(claim, file: null, new UploadWatch(), cancellationToken);
}
