#include "storage/compaction_log.h"

#include <algorithm>

namespace galen::storage {

bool saw_all(const CompactionLog::Own& earlier,
             const CompactionLog::Own& later,
             const TableLevels& before,
             const TableLevels& after) {
  if (earlier.running != 0 || later.begun != earlier.begun) return false;
  return std::all_of(before.begin(), before.end(), [&](const auto& table) {
    const auto found = after.find(table.first);
    return found == after.end() || found->second == table.second;
  });
}

}  // namespace galen::storage
