#include "node/fail_stop.h"

namespace galen::node {

std::string leave_fail_stop(const storage::Database& database,
                            const ledger::FailStopBundle& bundle) {
  const auto left = database.write_fail_stop(bundle);
  return bundle.reason +
         (left ? "; evidence in " + left->string() : "; no evidence file: " + left.error().message);
}

Status check_fail_stop(const storage::Database& database) {
  GALEN_TRY(const auto bundle, database.fail_stop());
  if (!bundle) return {};
  return fail(ErrorCode::kFailedPrecondition,
              bundle->string() +
                  ": this node stopped for good; it starts again when that is understood and the "
                  "file is gone (docs/operations.md, \"Exit code 11\")");
}

}  // namespace galen::node
