// Everything of a patient, page by page (HEALTH.md R17). Thread rule: one thread.
#pragma once

#include "client/session.h"
#include "galen/patient_export.h"

namespace galen::client {

/// From the own node alone: nobody can check that a list of another's is complete. Accesses come in
/// verified statements that lead on to each other. kNotFound, kCorrupt, kCancelled when the sink
/// ends it.
[[nodiscard]] Result<ExportReport> export_patient(Session& session,
                                                  const ExportOptions& options,
                                                  ExportSink& sink);

}  // namespace galen::client
