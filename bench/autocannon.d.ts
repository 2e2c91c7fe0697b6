/** The little of autocannon that stands in where wrk is not installed; the package has no types. */
declare module "autocannon" {
  interface Request {
    method: string;
    path: string;
    headers: Record<string, string>;
    body?: string;
    setupRequest(request: Request): Request;
  }
  interface Result {
    duration: number;
    latency: { p50: number; p99: number };
    requests: { total: number };
    errors: number;
    timeouts: number;
    non2xx: number;
  }
  export default function autocannon(options: {
    url: string;
    connections: number;
    duration: number;
    overallRate?: number;
    requests: Request[];
  }): Promise<Result>;
}
