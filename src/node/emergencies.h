// Opens the journal of emergency releases against what the ledger knows of it (PRIVACY.md 26).
// Thread rule: once, at the start.
#pragma once

#include "base/random.h"
#include "node/config/check_config.h"
#include "storage/database.h"
#include "storage/emergency/emergency_journal.h"

#include <memory>
#include <string>

namespace galen::node {

/// `<data_dir>/emergency`. Logs why a journal was set aside. Errors of EmergencyJournal::open.
[[nodiscard]] Result<std::unique_ptr<storage::EmergencyJournal>> open_emergency_journal(
    const std::string& data_dir,
    const NodeMaterial& material,
    const storage::Database& database,
    RandomSource& random);

}  // namespace galen::node
