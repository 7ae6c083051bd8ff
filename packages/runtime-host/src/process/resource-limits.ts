/** What one component may use at most; a member that is left out is not limited. */
export interface ResourceLimits {
  /** Resident memory of all its processes. */
  readonly memoryBytes?: number;
  /** Processes and threads at one time. */
  readonly processes?: number;
}
