# The vocabulary. Every recipe is a script of `.ci/`, one of its steps, or two lines of cargo.

export CARGO_TERM_COLOR := "auto"

# Everything.
test:
    .ci/test

# The fast developer's loop: the core without Kafka.
check:
    cargo fmt --check
    cargo clippy --no-default-features --features cli --all-targets -- -D warnings
    cargo test --no-default-features --features cli

# Policy + input → output; adding a case is adding a folder.
golden:
    cargo test --no-default-features --features cli --test it golden

# What `veil check` prints, exactly.
diagnostics:
    cargo test --no-default-features --features cli --test it diagnostics

# How well personal data is found in eight well-known shapes: recall, precision.
detectors:
    cargo test --no-default-features --features cli --test it detectors -- --nocapture

# What others make of the same values: libphonenumber, uap-core, Presidio. Needs a Python
# with phonenumbers, pyyaml and presidio-analyzer, and uap-core's tests (the crate ua-parser
# 0.2.2 has them); writes the figures in tests/oracles.
oracles python uap_core:
    cargo build --no-default-features --features cli
    {{python}} tests/oracles/phone.py > tests/oracles/phone.txt
    {{python}} tests/oracles/user_agent.py {{uap_core}} > tests/oracles/user_agent.txt
    {{python}} tests/oracles/redact.py > tests/oracles/redact.txt

# Google's library on both sides of `veil apply` under Protobuf, and its compiler on every
# schema of what leaves; the corpus that tests read is made anew. Needs a Python with protobuf
# and grpcio-tools.
protobuf python:
    cargo build --no-default-features --features cli
    {{python}} tests/protobuf/corpus/make.py
    {{python}} tests/protobuf/corpus/beside.py target/debug/veil

# Made-up schemas of JSON, policies and records: what leaves is held against the schema that is
# derived, by a validator of another language. Needs a Python with jsonschema 4.
json-schema cases="2000" seed="1" python="python3":
    cargo build --no-default-features --features cli
    {{python}} tests/jsonschema/derived.py target/debug/veil {{cases}} {{seed}}

# Made-up schemas, policies and records of Avro and of Protobuf, 10,000 of each: what leaves
# beside what other libraries read and write, and what a few lines make of each action: minutes.
schema-cases:
    cargo test --profile ci --no-default-features --features kafka,cli --lib in_ten_thousand_schemas -- --ignored --nocapture

# Lanes that wait for schemas while the registry fails and the policy is replaced, in so many
# made-up houses; CI simulates fewer: minutes.
registry-simulations cases="3000":
    VEIL_SEEDS={{cases}} cargo test --profile ci --no-default-features --features kafka,cli --lib -- registry::simulation parked_simulation --nocapture

# The session of docs/first-record.md, recorded anew with its times.
first-record:
    VEIL_RECORD=1 cargo test --release --no-default-features --features cli --test it first_record

# The house as it is: floors from the ground up, sizes, circles. Of another
# checkout: `just house OTHER/src`.
house src="src":
    VEIL_HOUSE={{src}} cargo test --no-default-features --features cli --test it floors::house -- --nocapture

# The documentation, without warnings.
docs:
    .ci/test docs

# The pages of `veil try` and `veil serve` in headless Chromium. Needs Node 18, npm and Chromium.
page:
    .ci/test page

# The editor of that page, built anew: its packages are those of package-lock.json.
editor:
    src/playground/editor/build.sh

# The sidecar on a real Kafka broker.
broker:
    .ci/test broker

# A thousand people withdraw under load while the sidecar is killed four times and partitions
# move; again with decisions seen late and a slow broker: minutes.
withdrawals:
    VEIL_BROKER=required cargo test --release --no-default-features --features kafka,cli --test broker a_thousand_withdrawals -- --ignored --nocapture

# How much memory `veil serve` takes for a million people.
shown-memory:
    VEIL_BROKER=required cargo test --release --no-default-features --features kafka,cli --test broker a_million_people_take -- --ignored --nocapture

# How late withdrawals count, and what the fence costs at 0, 1, 10 and 100 of them a second: minutes.
withdrawal-delay:
    VEIL_BROKER=required cargo test --release --no-default-features --features kafka,cli --test broker how_late_withdrawals -- --ignored --nocapture

# A replay of 100,000 quarantined records, killed ten times: minutes.
replay-kills:
    VEIL_BROKER=required cargo test --release --no-default-features --features kafka,cli --test broker replay_killed_ten -- --ignored --nocapture

# A hundred thousand elements of records that are taken apart, through twenty kills:
# minutes.
split-kills:
    VEIL_BROKER=required cargo test --release --no-default-features --features kafka,cli --test broker twenty_kills -- --ignored --nocapture

# A hundred reloads at 20,000 events a second, and 200 mutated policies under load:
# minutes; figures are printed.
reloads:
    VEIL_BROKER=required cargo test --release --no-default-features --features kafka,cli --test broker reload -- --ignored --nocapture --test-threads 1

# Records that wait for a release, through twenty kills while members come and go, and five
# minutes without a broker: minutes; each record is accounted for.
releases:
    VEIL_BROKER=required cargo test --release --no-default-features --features kafka,cli --test broker -- --ignored --nocapture --test-threads 1 many_kills_and_rebalances nor_while_it_is_away

# Avro and Protobuf written and read by Confluent's own Python clients, through `veil run`.
python-clients:
    VEIL_BROKER=required cargo test --no-default-features --features kafka,cli --test broker python_reads -- --ignored --nocapture

# Speed, on a quiet machine: the reference workload beside its baselines; other
# modes are `actions`, `growth` and `counts` (see CONTRIBUTING.md).
bench *mode:
    cargo bench --no-default-features --bench reference -- {{mode}}

# What the classes of a release lose and how fast they are found, on UCI Adult
# (`VEIL_DATA`), judged by pyCANON in a virtual environment below `target/`.
anonymity:
    mkdir -p target/judge/releases && rm -f target/judge/releases/*.csv
    test -x target/judge/venv/bin/python || python3 -m venv target/judge/venv
    target/judge/venv/bin/pip install -q pycanon==1.3.6
    target/judge/venv/bin/python benches/anonymity/golden.py
    cargo bench --no-default-features --bench anonymity -- --write target/judge/releases
    target/judge/venv/bin/python benches/anonymity/judge.py target/judge/releases "${VEIL_DATA:-../shared/data}/adult"

# The noise of outputs that count beside OpenDP's, at the same scale.
opendp:
    test -x target/judge/venv/bin/python || python3 -m venv target/judge/venv
    target/judge/venv/bin/pip install -q opendp==0.16.0
    cargo build --no-default-features --features cli
    target/judge/venv/bin/python benches/anonymity/noise_beside.py target/debug/veil

# What attacks find in the example policies, written into docs/measuring.md and their descriptions.
measured:
    cargo build --no-default-features --features cli
    python3 tests/attacks/shipped.py target/debug/veil --write
    VEIL_UPDATE=1 cargo test --no-default-features --features cli --lib the_examples_are_described

# Linkability and inference as `veil attack` tells them, beside Anonymeter's.
anonymeter:
    test -x target/judge/venv/bin/python || python3 -m venv target/judge/venv
    target/judge/venv/bin/pip install -q anonymeter==1.0.0
    cargo build --no-default-features --features cli
    target/judge/venv/bin/python tests/attacks/against_anonymeter.py target/debug/veil

# What the whole sidecar costs beside a bare copy of the topic, on a real Kafka
# broker: `just bench-pipeline EVENTS` at full rate, `just bench-pipeline --rate R`
# at so many events a second.
bench-pipeline *words:
    cargo bench --no-default-features --features kafka,cli --bench pipeline -- {{words}}

# What `deploy/` holds: alert rules and their cases, manifests, list of materials.
deploy:
    .ci/test deploy

# The compose file's services without containers (Kafka, veil, Prometheus): every
# question of the dashboards is asked. Needs Java, Maven and `prometheus`.
dashboards:
    cargo build --no-default-features --features kafka,cli
    deploy/dashboards.py

# The chart, linted and rendered; each object read strictly into the types of
# Kubernetes. Needs helm 3 and Go.
manifests:
    for values in deploy/helm/veilstream/ci/*.yaml; do helm lint --strict deploy/helm/veilstream --values $values; done
    deploy/kubernetes/render.py --check
    cd deploy/kubernetes/check && go run . ../*.yaml

# The Debian package. Needs cargo-deb.
deb:
    deploy/deb.sh

# Hostile input, for a minute a target: `just fuzz decode`.
# One input is at most so long; without a sanitizer (`just fuzz TARGET 60 512 address` for one):
# the library forbids unsafe code, and more inputs a second find more.
fuzz target seconds="60" longest="512" sanitizer="none":
    cd fuzz && RUSTC_BOOTSTRAP=1 cargo fuzz run -s {{sanitizer}} {{target}} -- -max_total_time={{seconds}} -max_len={{longest}}

# Hostile schemas, frames and bytes of each format, so many seconds a target: prints how many
# inputs each target read, fails on the first that breaks it. What it finds stays in
# fuzz/target/found. The first build takes minutes.
fuzz-formats seconds="45":
    cd fuzz && for target in avro_schema avro ocf proto_schema protobuf json_schema frame registry_body; do \
        found=target/found/$target; log=$found.log; mkdir -p $found; \
        RUSTC_BOOTSTRAP=1 cargo fuzz run -s none $target $found corpus/$target -- -max_total_time={{seconds}} -max_len=4096 -print_final_stats=1 >$log 2>&1 \
            && read=$(grep -o 'number_of_executed_units: .*' $log) \
            || { tail -30 $log; exit 1; }; \
        printf '%-14s %s\n' $target "$read"; \
    done

# Licences, sources and duplicates of all dependencies.
supply:
    .ci/test supply

# The release binary, its debug information beside it, and the size of both.
release:
    .ci/release

# Continuous integration, as the machine runs it.
ci:
    .ci/run
