// Menus, by Radix. Not modal: locking the page's scrolling would need a style element, which the policy forbids.
import * as Dropdown from '@radix-ui/react-dropdown-menu';
import type { ReactNode } from 'react';
import { Icon, type IconName } from './icon.tsx';

interface MenuProps {
  /** What opens it: a button. */
  readonly trigger: ReactNode;
  readonly children: ReactNode;
}

export function Menu({ trigger, children }: MenuProps) {
  return (
    <Dropdown.Root modal={false}>
      <Dropdown.Trigger asChild>{trigger}</Dropdown.Trigger>
      {/* In its place rather than at the end of the page, so that it belongs to a landmark. */}
      <Dropdown.Content className="menu" align="end" sideOffset={6} collisionPadding={8}>
        {children}
      </Dropdown.Content>
    </Dropdown.Root>
  );
}

interface ItemProps {
  readonly icon?: IconName;
  readonly onSelect: () => void;
  readonly children: ReactNode;
  readonly isDangerous?: boolean;
}

export function MenuItem({ icon, onSelect, children, isDangerous = false }: ItemProps) {
  return (
    <Dropdown.Item className="menu-item" data-dangerous={isDangerous || undefined} onSelect={onSelect}>
      {icon === undefined ? <span className="icon" /> : <Icon name={icon} />}
      {children}
    </Dropdown.Item>
  );
}

interface ChoiceProps<Value extends string> {
  readonly label: string;
  readonly value: Value;
  readonly values: readonly (readonly [Value, string])[];
  readonly onChoose: (value: Value) => void;
}

export function MenuChoice<Value extends string>({ label, value, values, onChoose }: ChoiceProps<Value>) {
  return (
    <Dropdown.RadioGroup value={value} onValueChange={(next) => onChoose(next as Value)}>
      <Dropdown.Label className="menu-label">{label}</Dropdown.Label>
      {values.map(([each, name]) => (
        <Dropdown.RadioItem key={each} className="menu-item" value={each}>
          <span className="icon">
            <Dropdown.ItemIndicator>
              <Icon name="check" />
            </Dropdown.ItemIndicator>
          </span>
          {name}
        </Dropdown.RadioItem>
      ))}
    </Dropdown.RadioGroup>
  );
}

export const MenuNote = ({ children }: { readonly children: ReactNode }) => (
  <Dropdown.Label className="menu-label">{children}</Dropdown.Label>
);

export const MenuSeparator = () => <Dropdown.Separator className="menu-separator" />;
