#include "cli/term_options.h"

#include <cstdint>
#include <limits>

namespace galen::cli {

void add_label_options(CLI::App* verb, client::LabelOptions& labels) {
  CLI::Option* key = verb->add_option(
      "--label-key", labels.key_file, "the patient's label key, where the profile cannot make it");
  verb->add_flag("--clear-labels",
                 labels.clear,
                 "labels as words that every member reads; they are never compared with tags")
      ->excludes(key);
}

void add_term_options(CLI::App* verb, client::ConsentOptions& terms, bool permit) {
  verb->add_option("--patient", terms.patient, "patient id")->required();
  verb->add_option(
          "--to", terms.grantee, "organisation, practitioner id, group:ID, project:ID or *")
      ->required();
  Grammar::repeatable(verb, "--purpose", terms.purposes, "purpose of use, repeatable");
  Grammar::repeatable(verb, "--class", terms.classes, "record class, repeatable; default all");
  Grammar::repeatable(verb, "--action", terms.actions, "action, repeatable");
  verb->add_option(
      "--confidentiality",
      terms.confidentiality,
      permit ? "highest confidentiality, default N" : "lowest confidentiality, default U");
  Grammar::repeatable(verb, "--label", terms.labels, "sensitivity label, repeatable");
  add_label_options(verb, terms.labels_as);
  verb->add_option("--from", terms.from, "start, e.g. 2026-03-31 or +1d; default now");
  verb->add_option("--until", terms.until, "end, e.g. 2026-12-31 or +30d");
  verb->add_option("--data-from", terms.data_from, "service date from, YYYY-MM-DD");
  verb->add_option("--data-to", terms.data_to, "service date before, YYYY-MM-DD");
  Grammar::repeatable(verb, "--instance", terms.instances, "only this record, repeatable");
  Grammar::repeatable(verb, "--related", terms.related, "only of this encounter, repeatable");
  Grammar::repeatable(verb, "--author", terms.authors, "only by this author, repeatable");
  Grammar::repeatable(
      verb, "--supersedes", terms.supersedes, "grant ended by this one, repeatable");
  if (permit) {
    verb->add_option("--max-uses", terms.max_uses, "how many access requests it covers")
        ->check(CLI::Range(1U, std::numeric_limits<std::uint32_t>::max()));
  }
  if (!permit) {
    verb->add_flag("--forbid-emergency", terms.forbid_emergency, "also against break-glass");
  }
  Grammar::repeatable(
      verb, "--region", terms.regions, "only in this country of the recipient, repeatable");
  if (permit) {
    verb->add_option("--erase-by", terms.erase_by, "until when the recipient must have erased it");
  }
  verb->add_option("--policy", terms.policy, "registered policy version; default the first");
  verb->add_option("--text-commitment",
                   terms.text_commitment,
                   "to the text that was signed, of consent commit-text");
  CLI::Option* version =
      verb->add_option("--group-version",
                       terms.group_version,
                       "of a group or project: who belonged to it then; default now")
          ->check(CLI::Range(1U, std::numeric_limits<std::uint32_t>::max()));
  verb->add_flag("--follow", terms.follow, "of a group or project: whoever joins it later, too")
      ->excludes(version);
  verb->add_flag("--ack-shadowed", terms.acknowledge_shadowed, "give it though a denial overlaps");
}

}  // namespace galen::cli
