#include "modules/identity/standing.h"

#include "modules/identity/entry.h"

namespace galen::identity {

void Standings::add(Height height, ledger::AccountStatus status) {
  if (is_full()) changes_.erase(changes_.begin());
  changes_.push_back({height, status});
}

void Standings::write(codec::Writer& writer) const {
  writer.count(changes_.size());
  for (const StandingChange& change : changes_)
    writer.counter(change.height).enumeration(change.status);
}

Standings Standings::read(codec::Reader& reader) {
  Standings standings;
  const std::size_t count = reader.count(kMaxStandingChanges);
  if (!reader.failed() && count == 0) reader.fail_with("no changes of status");
  for (std::size_t i = 0; i < count && !reader.failed(); ++i) {
    const auto height = reader.counter<Height>();
    const auto status = read_code<ledger::AccountStatus>(reader);
    if (i > 0 && height < standings.changes_.back().height)
      reader.fail_with("changes of status unsorted");
    standings.changes_.push_back({height, status});
  }
  return standings;
}

}  // namespace galen::identity
