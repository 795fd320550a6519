#include "node/emergencies.h"

#include "modules/emergency/journals.h"
#include "modules/emergency/quota.h"
#include "telemetry/log.h"

namespace galen::node {

Result<std::unique_ptr<storage::EmergencyJournal>> open_emergency_journal(
    const std::string& data_dir,
    const NodeMaterial& material,
    const storage::Database& database,
    RandomSource& random) {
  storage::EmergencyJournalOptions options{
      data_dir + "/emergency", material.chain, material.organisation, {}};
  const auto known = emergency::OrganisationEmergencies::load(database, material.organisation);
  if (known.journal) {
    const auto entry =
        emergency::JournalEntry::load(database, material.organisation, *known.journal);
    options.anchored = storage::AnchoredHead{*known.journal, entry->last, entry->head};
  }
  auto journal = storage::EmergencyJournal::open(options, random);
  if (journal && (*journal)->incident()) {
    telemetry::log(telemetry::Level::kError,
                   "node",
                   "the emergency journal was set aside; another begins",
                   {{"reason", *(*journal)->incident()}});
  }
  return journal;
}

}  // namespace galen::node
