// One of each consensus message and journal record, signed, for the seeds of fuzz targets.
#pragma once

#include "unit/pbft/fixture.h"

#include <vector>

namespace galen::fuzz {

/// Four members; the same keys in every run.
[[nodiscard]] const pbft::test::Consortium& consortium();
[[nodiscard]] std::vector<pbft::Message> messages();
[[nodiscard]] std::vector<pbft::JournalRecord> journal_records();

}  // namespace galen::fuzz
